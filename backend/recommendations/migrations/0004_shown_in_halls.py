from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('recommendations', '0003_training_progress'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='impression',
            name='impression_surface_known',
        ),
        migrations.AddConstraint(
            model_name='impression',
            constraint=models.CheckConstraint(condition=models.Q(('surface__in', ['home', 'matches', 'search', 'hall', 'api'])), name='impression_surface_known'),
        ),
    ]
