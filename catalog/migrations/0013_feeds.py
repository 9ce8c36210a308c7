from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0012_title_words"),
    ]

    operations = [
        migrations.AddField(
            model_name="savedsearch",
            name="feed_token",
            field=models.CharField(
                editable=False, help_text="the secret in the address of its feed; null: it has none", max_length=43, null=True, unique=True
            ),
        ),
    ]
