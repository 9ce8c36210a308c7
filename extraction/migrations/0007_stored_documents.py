from django.db import migrations

from catalog.stored_document import StoredDocument

# One statement, so that the table is written once, and what stands in it as 0001 wants it: lz4 where the server has it, else uncompressed.
CHANGE = """
    DO $$ BEGIN
        IF EXISTS (SELECT FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)) THEN
            ALTER TABLE extraction_extraction ALTER COLUMN record TYPE %(type)s, ALTER COLUMN evidence TYPE %(type)s,
                ALTER COLUMN record SET COMPRESSION lz4, ALTER COLUMN evidence SET COMPRESSION lz4;
        ELSE
            ALTER TABLE extraction_extraction ALTER COLUMN record TYPE %(type)s, ALTER COLUMN evidence TYPE %(type)s,
                ALTER COLUMN record SET STORAGE EXTERNAL, ALTER COLUMN evidence SET STORAGE EXTERNAL;
        END IF;
    END $$
"""
# Rows are found by their key alone and hardly ever change: to look through all of them again whenever a fifth is new helps nobody.
UPKEEP = """
    ALTER TABLE extraction_extraction SET (autovacuum_vacuum_insert_scale_factor = 1, autovacuum_analyze_scale_factor = 1)
"""
USUAL_UPKEEP = "ALTER TABLE extraction_extraction RESET (autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor)"


class Migration(migrations.Migration):
    dependencies = [("extraction", "0006_sentence_calls")]

    operations = [
        migrations.RunSQL(UPKEEP, USUAL_UPKEEP),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(CHANGE % {"type": "json"}, CHANGE % {"type": "jsonb"})],
            state_operations=[
                migrations.AlterField("extraction", "record", StoredDocument(help_text="job_extracted_v1")),
                migrations.AlterField("extraction", "evidence", StoredDocument(default=dict, help_text="field -> where its value stands")),
            ],
        ),
    ]
