from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('applications', '0001_initial'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='applicationstep',
            index=models.Index(fields=['status', 'at'], name='step_by_status'),
        ),
    ]
