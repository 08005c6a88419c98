from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("searches", "0001_initial")]
    operations = [
        migrations.RenameModel("OpenPosition", "SeenPosition"),
        migrations.RemoveField("SeenPosition", "since"),
        migrations.AddField(
            "SeenPosition", "is_open", models.BooleanField(default=True), preserve_default=False
        ),
    ]
