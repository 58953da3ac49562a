"""What the driver runs itself behaves as if the session had."""

from __future__ import annotations

import pytest
from sqlalchemy import bindparam, column, func, literal, select, table, text
from sqlalchemy.exc import ProgrammingError

from backend.kernel.errors import Unavailable
from backend.kernel.inbox import ProviderEvent, take
from backend.kernel.prepared import Prepared
from backend.web.house import House

STORED = Prepared(
    select(ProviderEvent.event_id, literal("100%").label("share")).where(
        ProviderEvent.provider == bindparam("provider")
    )
)
MY_BACKEND = Prepared(select(func.pg_terminate_backend(func.pg_backend_pid())))


def test_it_sees_what_its_own_unit_of_work_wrote_and_nobody_else_does(real_house: House) -> None:
    with real_house.database.work() as work:
        take(work, provider="test", event_id="a", body="")
        work.session.flush()
        assert STORED.rows(work, provider="test") == [("a", "100%")]
        with real_house.database.reading() as other:
            assert STORED.rows(other, provider="test") == []


def test_what_the_server_refuses_is_an_error_of_sqlalchemy_and_tells_no_values(real_house: House) -> None:
    nowhere = Prepared(
        select(column("id")).select_from(table("nowhere")).where(column("id") == bindparam("id"))
    )
    with pytest.raises(ProgrammingError) as refused, real_house.database.reading() as work:
        nowhere.rows(work, id="王秀英")
    assert "王秀英" not in str(refused.value)


def test_a_lost_connection_is_unavailable_and_the_next_unit_of_work_has_another(real_house: House) -> None:
    for _ in range(2):
        with pytest.raises(Unavailable), real_house.database.reading() as work:
            MY_BACKEND.rows(work)
    with real_house.database.reading() as work:
        assert work.session.scalar(text("SELECT 1")) == 1
