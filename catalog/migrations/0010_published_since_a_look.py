"""Jobs that came between somebody's look at a saved search and the moment when publication began to be written down.

Without a moment they were new to nobody. Older ones stay without: nobody can ask for them as new.
"""

from django.db import migrations

FILL = """
    UPDATE catalog_job SET published_at = first_seen_at
    WHERE published_at IS NULL AND first_seen_at >= (SELECT min(looked_at) FROM catalog_savedsearch)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0009_newest_with_filters"),
    ]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
