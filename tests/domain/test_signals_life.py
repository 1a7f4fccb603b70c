"""key_date, event_due, windfall, product_fit, single_product: who has each, and who just misses it."""

from datetime import date, timedelta

import pytest

from coach.domain.policy import parse

TODAY = date(2026, 11, 24)
WAN = 1_000_000


def ahead(days: int) -> date:
    return TODAY + timedelta(days=days)


@pytest.mark.parametrize(("birthday", "days"), [
    (date(1970, 11, 24), 0), (date(1970, 12, 1), 7), (date(1970, 12, 2), None), (date(1970, 11, 23), None), (None, None),
])
def test_key_date_of_the_client(see, birthday, days):
    found = see("key_date", clients=[{"birthday": birthday}])
    if days is None:
        assert found == []
    else:
        said = {"label": "生日", "who": "本人", "date": ahead(days).isoformat(), "calendar": "solar", "days_to": days}
        assert found[0]["evidence"] == said
        assert found[0]["on"] == ahead(days)


@pytest.mark.parametrize(("lunar", "on"), [("10-16", TODAY), ("10-23", ahead(7)), ("10-24", None), ("10-15", None), ("闰10-16", TODAY)])
def test_key_date_by_the_lunar_calendar(see, lunar, on):
    found = see("key_date", clients=[{"lunar_birthday": lunar}])  # 24 November 2026 is lunar 10-16
    assert [row["on"] for row in found] == ([on] if on else [])
    assert all(row["evidence"]["calendar"] == "lunar" for row in found)


def test_key_dates_noted_and_the_client_s_own_are_not_told_twice(see):
    noted = [
        {"label": "生日", "date": date(2012, 11, 28), "calendar": "solar", "who": "女儿"},
        {"label": "结婚纪念日", "date": date(2001, 10, 20), "calendar": "lunar", "who": None},
        {"label": "birthday", "date": date(1970, 11, 25), "calendar": "solar", "who": "self"},
        {"label": "生日", "date": date(2012, 12, 28), "calendar": None, "who": "儿子"},
    ]
    found = see("key_date", clients=[{"birthday": date(1970, 11, 25)}], key_dates=noted)
    assert [(row["on"], row["evidence"]["label"], row["evidence"]["who"]) for row in found] == [
        (ahead(1), "生日", "本人"), (ahead(4), "生日", "女儿"), (ahead(4), "结婚纪念日", "本人"),
    ]


def test_leap_day_birthday(see):
    assert see("key_date", clients=[{"birthday": date(1992, 2, 29)}], on=date(2027, 2, 21))[0]["on"] == date(2027, 2, 28)
    assert not see("key_date", clients=[{"birthday": date(1992, 2, 29)}], on=date(2027, 2, 20))


@pytest.mark.parametrize(("days", "status", "holds"), [
    (3, "accepted", True), (0, "accepted", True), (4, "accepted", False), (-1, "accepted", False), (1, "invited", False),
    (1, "declined", False),
])
def test_event_due(see, days, status, holds):
    found = see("event_due", invitations=[{"event_no": "e1", "title": "茶会", "on": ahead(days), "place": "网点", "status": status}])
    assert bool(found) == holds
    if holds:
        assert found[0]["evidence"] == {"event_no": "e1", "title": "茶会", "on": ahead(days).isoformat(), "place": "网点", "days_to": days}


@pytest.mark.parametrize(("tags", "tag"), [
    ("拆迁", "拆迁"), ("老客户;拆迁户", "拆迁"), ("预计拆迁，退休", "拆迁"), ("DEMOLITION next year", "demolition"), ("house sale", "sale"),
    ("上市公司员工", None), ("wholesale trade", None), ("退休", None), (None, None),
])
def test_windfall(see, tags, tag):
    found = see("windfall", clients=[{"tags": tags}])
    assert [row["evidence"] for row in found] == ([{"tag": tag}] if tag else [])


def hold(kind, amount=10 * WAN, **more):
    return {"holding_no": f"h-{kind}", "product_type": kind, "amount_fen": amount, **more}


@pytest.mark.parametrize(("holdings", "kind"), [
    ([hold("deposit")], "deposit"), ([hold("deposit"), hold("fund", 1)], None), ([hold("deposit"), hold("deposit", no=2)], "deposit"),
    ([hold("demand", WAN)], "demand"), ([hold("demand", WAN - 1)], None), ([hold("loan")], None), ([], None),
    ([hold("deposit"), hold("fund", matures_on=ahead(-1))], "deposit"),  # the other has matured
    ([hold("deposit"), hold("fund", matures_on=TODAY)], None),
])
def test_single_product(see, holdings, kind):
    found = see("single_product", holdings=holdings)
    assert [row["evidence"]["product_type"] for row in found] == ([kind] if kind else [])


SAVER = {
    "assets_fen": 30 * WAN, "birthday": date(1976, 5, 1), "risk_level": "C1", "risk_assessed_on": date(2026, 3, 1),
    "occupation": "小学教师",
}
TWO_YEARS = hold("deposit", start_on=date(2024, 12, 1), matures_on=date(2026, 12, 1))


@pytest.mark.parametrize(("client", "holdings", "product"), [
    ({}, [TWO_YEARS], "deposit-5y"),
    ({}, [{**TWO_YEARS, "matures_on": date(2026, 11, 30)}], None),  # a day short of two years
    ({}, [{**TWO_YEARS, "product": "五年期定期存款"}], None),  # has it
    ({"occupation": "司机"}, [TWO_YEARS], None),
    ({"occupation": None, "employer": "某事业单位"}, [TWO_YEARS], "deposit-5y"),
    ({"birthday": date(1991, 11, 24)}, [TWO_YEARS], "deposit-5y"),  # 35 today
    ({"birthday": date(1991, 11, 25)}, [TWO_YEARS], None),  # 35 tomorrow
    ({"birthday": None}, [TWO_YEARS], None),
    ({"assets_fen": 5 * WAN - 1}, [TWO_YEARS], None),
    ({"risk_level": None}, [TWO_YEARS], None),
    ({"risk_assessed_on": date(2025, 11, 25)}, [TWO_YEARS], "deposit-5y"),  # a year tomorrow
    ({"risk_assessed_on": date(2025, 11, 24)}, [TWO_YEARS], None),  # ran out today
    ({"risk_level": "C2"}, [hold("demand", 10 * WAN)], "wealth-steady"),
    ({"risk_level": "C1"}, [hold("demand", 10 * WAN)], None),  # R2 is above C1
    ({"risk_level": "C2"}, [hold("demand", 10 * WAN - 1)], None),
    ({"risk_level": "C2"}, [hold("demand", 10 * WAN), hold("wealth")], None),  # holds some already
    ({"risk_level": "C3", "assets_fen": 50 * WAN}, [hold("wealth")], "fund-balanced"),
    ({"risk_level": "C2", "assets_fen": 50 * WAN}, [hold("wealth")], None),
    ({"risk_level": "C2", "family": "一儿一女"}, [hold("bond")], "insurance-pension"),
    ({"risk_level": "C2", "family": " "}, [hold("bond")], None),
])
def test_product_fit(see, client, holdings, product):
    found = see("product_fit", clients=[{**SAVER, **client}], holdings=holdings)
    assert [row["evidence"]["product_id"] for row in found] == ([product] if product else [])


def test_product_fit_takes_the_first_of_the_list_and_names_its_risk(see, default_policy):
    client = {**SAVER, "birthday": date(1966, 5, 1)}
    assert see("product_fit", clients=[client], holdings=[TWO_YEARS])[0]["evidence"] == {"product_id": "deposit-5y", "risk": "R1"}
    turned = parse(default_policy, {"products": default_policy["products"][::-1]})
    assert see("product_fit", clients=[client], holdings=[TWO_YEARS], under=turned)[0]["evidence"]["product_id"] == "bond-savings"
    assert not see("product_fit", clients=[client], holdings=[TWO_YEARS], under=parse(default_policy, {"products": []}))
