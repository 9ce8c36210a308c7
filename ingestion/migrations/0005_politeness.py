import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0004_frontier")]

    operations = [
        migrations.AddField(
            "outboundrequest",
            "call_id",
            models.UUIDField(blank=True, help_text="joins the attempts and redirects of one thing that was asked for", null=True),
        ),
        migrations.AddField(
            "outboundrequest",
            "at_once",
            models.PositiveSmallIntegerField(default=5, help_text="requests that the host was allowed at once"),
        ),
        migrations.AddField(
            "outboundrequest",
            "spacing_ms",
            models.PositiveIntegerField(default=0, help_text="least time between two starts that was in force"),
        ),
        migrations.AddField(
            "outboundrequest", "user_agent", models.CharField(blank=True, default="", max_length=300), preserve_default=False
        ),
        migrations.AddField(
            "outboundrequest",
            "proxy",
            models.CharField(
                blank=True, default="", help_text="host:port of the proxy that was used; its credentials are kept nowhere", max_length=260
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "outboundrequest", "retry_after_ms", models.PositiveIntegerField(default=0, help_text="the pause that the answer asked for")
        ),
        migrations.AddField(
            "outboundrequest",
            "made_invalid",
            models.BooleanField(default=False, help_text="its source became gone, blocked or failed by it"),
        ),
        migrations.AlterField(
            "outboundrequest", "started_at", models.DateTimeField(help_text="when the limiter granted it, on Redis' clock")
        ),
        migrations.AlterField(
            "outboundrequest",
            "ended_at",
            models.DateTimeField(blank=True, help_text="when its slot was given back, on Redis' clock", null=True),
        ),
        migrations.AddIndex(
            "outboundrequest", models.Index(condition=models.Q(("made_invalid", True)), fields=["source"], name="outboundrequest_invalid")
        ),
        migrations.AddIndex(
            "outboundrequest", django.contrib.postgres.indexes.BrinIndex(fields=["started_at"], name="outboundrequest_time")
        ),
    ]
