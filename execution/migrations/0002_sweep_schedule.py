"""Have the workers look once a minute for work that nobody does."""

from django.db import migrations

SWEEP = "devmatrix.pipeline.tasks.sweep"


def create_schedule(apps, schema_editor):
    schedules = apps.get_model("django_q", "Schedule").objects.using(schema_editor.connection.alias)
    schedules.get_or_create(
        func=SWEEP,
        defaults={"name": "sweep", "schedule_type": "I", "minutes": 1, "repeats": -1},
    )


def remove_schedule(apps, schema_editor):
    schedules = apps.get_model("django_q", "Schedule").objects.using(schema_editor.connection.alias)
    schedules.filter(func=SWEEP).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("execution", "0001_initial"),
        ("django_q", "0018_task_success_index"),
    ]

    operations = [migrations.RunPython(create_schedule, remove_schedule)]
