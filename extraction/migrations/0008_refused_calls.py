from __future__ import annotations

from django.db import migrations, models

# The last call that had ended when the answers were found to be no good.
_BY_TIME = """
    UPDATE extraction_pendingextraction p
    SET refused_call_id = (SELECT max(c.id) FROM extraction_llmcall c WHERE c.ended_at <= p.refused_until)
    WHERE p.refused_until IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("extraction", "0007_stored_documents"),
    ]

    operations = [
        migrations.AddField(
            model_name="pendingextraction",
            name="refused_call_id",
            field=models.BigIntegerField(blank=True, help_text="answers of calls up to this one were no good: it is asked anew", null=True),
        ),
        migrations.RunSQL(_BY_TIME, migrations.RunSQL.noop),
        migrations.RemoveField(model_name="pendingextraction", name="refused_until"),
    ]
