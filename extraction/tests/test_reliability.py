from decimal import Decimal

import pytest

from extraction.evaluate.charts import curve_chart, reliability_chart
from extraction.evaluate.curve import RecordPoint, cost_curve
from extraction.evaluate.gaps import Gap
from extraction.evaluate.reliability import calibration_error, equal_mass_bins
from extraction.llm.cost import Price

PRICE = Price(Decimal(3), Decimal(0))


def test_bins_hold_the_same_number_of_rows_and_never_less_than_fifty() -> None:
    assert [part.rows for part in equal_mass_bins([(index / 1000, True) for index in range(1000)])] == [100] * 10
    assert [part.rows for part in equal_mass_bins([(0.5, True)] * 149)] == [74, 75]
    assert [part.rows for part in equal_mass_bins([(0.5, True)] * 30)] == [30]
    assert equal_mass_bins([]) == []


def test_the_error_is_the_mean_distance_of_confidence_and_accuracy() -> None:
    honest = [(0.8, index % 5 > 0) for index in range(100)]
    assert calibration_error(equal_mass_bins(honest)) == pytest.approx(0)
    boasting = [(0.9, index % 2 == 0) for index in range(50)]
    assert calibration_error(equal_mass_bins([*honest, *boasting])) == pytest.approx(0.4 / 3)
    assert calibration_error([]) == 0


def test_what_is_unsure_or_lacks_something_goes_to_tier_2_at_its_price() -> None:
    points = [RecordPoint(0.5, 0.4, False, 1000), RecordPoint(0.9, 1.0, False, 1000), RecordPoint(0.9, 0.7, True, 1000)]
    curve = {point.threshold: point for point in cost_curve(points, PRICE)}
    assert curve[0.6].escalated == pytest.approx(2 / 3)
    assert curve[0.6].precision == 1.0
    assert curve[0.4].precision == pytest.approx(0.7)
    assert curve[0.6].usd == pytest.approx(2 * 0.003 * 1000 / 3)
    assert curve[0.95].precision is None
    assert cost_curve([], PRICE) == []


@pytest.mark.parametrize(
    ("first", "low", "unseen", "defect"),
    [(0.95, 0.01, True, True), (0.95, -0.01, True, False), (0.92, 0.01, True, False), (0.95, 0.01, False, False)],
)
def test_overfitting_is_a_large_sure_gap_to_rows_that_nobody_saw(first: float, low: float, unseen: bool, defect: bool) -> None:
    assert Gap("f", "accuracy", first, 0.90, low, 0.1, unseen).is_defect is defect


def test_charts_put_the_sure_to_the_right_and_the_right_upwards() -> None:
    chart = reliability_chart({"field": "salary", "bins": [{"confidence": 0.9, "accuracy": 0.8}]})
    assert (chart.line, chart.summary) == ("90.0,20.0", "said 90%, right 80%")
    points = [{"threshold": at, "escalated": at, "precision": 1.0} for at in (0.3, 0.6, 1.0)]
    found = curve_chart(points, 0.6)
    assert found is not None
    assert (found.mark, found.second) == (42.9, "0.0,70.0 42.9,40.0 100.0,0.0")
    assert curve_chart([], 0.6) is None
