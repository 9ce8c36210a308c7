from django.db import migrations

from catalog.stored_document import StoredDocument

# One statement, so that the table is written once, and what stands in it as 0001 wants it: lz4 where the server has it, else uncompressed.
CHANGE = """
    DO $$ BEGIN
        IF EXISTS (SELECT FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)) THEN
            ALTER TABLE catalog_jobcontent ALTER COLUMN evidence TYPE %(type)s, ALTER COLUMN highlights TYPE %(type)s,
                ALTER COLUMN evidence SET COMPRESSION lz4, ALTER COLUMN highlights SET COMPRESSION lz4;
        ELSE
            ALTER TABLE catalog_jobcontent ALTER COLUMN evidence TYPE %(type)s, ALTER COLUMN highlights TYPE %(type)s,
                ALTER COLUMN evidence SET STORAGE EXTERNAL, ALTER COLUMN highlights SET STORAGE EXTERNAL;
        END IF;
    END $$
"""
# Rows are found by their key alone and hardly ever change: to look through all of them again whenever a fifth is new helps nobody.
UPKEEP = """
    ALTER TABLE catalog_jobcontent SET (autovacuum_vacuum_insert_scale_factor = 1, autovacuum_analyze_scale_factor = 1)
"""
USUAL_UPKEEP = "ALTER TABLE catalog_jobcontent RESET (autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor)"


class Migration(migrations.Migration):
    dependencies = [("catalog", "0006_search")]

    operations = [
        migrations.RunSQL(UPKEEP, USUAL_UPKEEP),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(CHANGE % {"type": "json"}, CHANGE % {"type": "jsonb"})],
            state_operations=[
                migrations.AlterField(
                    "jobcontent", "highlights", StoredDocument(blank=True, default=list, help_text="[{label, text, start_char, end_char}]")
                ),
                migrations.AlterField(
                    "jobcontent",
                    "evidence",
                    StoredDocument(blank=True, default=dict, help_text="field -> {source, rule, tier, confidence, spans}"),
                ),
            ],
        ),
    ]
