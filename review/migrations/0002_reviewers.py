"""Make the group of people who may decide on review items."""

from django.db import migrations

GROUP = "reviewers"
CODENAME = "change_humanreviewqueue"


def make_group(apps, schema_editor):
    """Make the group and its permission, which Django would make only after all migrations."""
    using = schema_editor.connection.alias
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.using(
        using
    ).get_or_create(app_label="review", model="humanreviewqueue")
    permissions = []
    for codename, name in (
        (CODENAME, "Can change human review queue"),
        ("view_humanreviewqueue", "Can view human review queue"),
    ):
        permission, _ = apps.get_model("auth", "Permission").objects.using(using).get_or_create(
            content_type=content_type, codename=codename, defaults={"name": name}
        )
        permissions.append(permission)
    group, _ = apps.get_model("auth", "Group").objects.using(using).get_or_create(name=GROUP)
    group.permissions.add(*permissions)


def drop_group(apps, schema_editor):
    """Remove the group; the people in it stay."""
    using = schema_editor.connection.alias
    apps.get_model("auth", "Group").objects.using(using).filter(name=GROUP).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("review", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_group, drop_group)]
