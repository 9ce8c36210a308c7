import gc

from extraction.collector import OBJECTS, rare_collections


def test_collections_are_rare_only_meanwhile() -> None:
    usual = gc.get_threshold()
    with rare_collections():
        assert gc.get_threshold()[0] == OBJECTS > usual[0]
    assert gc.get_threshold() == usual
