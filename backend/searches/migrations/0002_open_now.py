"""What is open when saved searches arrive has not just come."""

from django.db import migrations

from backend.common import clock


def know_what_is_open(apps, schema_editor):
    Position = apps.get_model("positions", "Position")
    OpenPosition = apps.get_model("searches", "OpenPosition")
    moment = clock.now()
    rows = Position.objects.filter(
        status="published",
        expires_at__gt=moment,
        company__status="verified",
        company__vetted_until__gt=moment,
        company__school__suspended_at__isnull=True,
    )
    ids = rows.order_by("pk").values_list("pk", flat=True)
    OpenPosition.objects.bulk_create(
        (OpenPosition(position_id=pk, since=moment) for pk in ids.iterator()), batch_size=1000
    )


class Migration(migrations.Migration):
    dependencies = [("searches", "0001_initial")]
    operations = [migrations.RunPython(know_what_is_open, migrations.RunPython.noop)]
