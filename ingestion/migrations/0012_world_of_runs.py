from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0011_room_in_pages")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="in_sandbox",
            field=models.BooleanField(
                db_default=False, default=False, help_text="of the world that the sandbox plays: only its programs work on it"
            ),
        ),
    ]
