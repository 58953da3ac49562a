"""Access tokens: one for all processes, renewed once when refused, and never without end."""

from __future__ import annotations

import itertools

import pytest
from redis import Redis

from backend.gateways.wechat_oa import OfficialAccount
from backend.gateways.wechat_token import Issued, LentSecret
from backend.kernel.clock import FixedClock
from backend.kernel.errors import Unavailable
from backend.kernel.settings import Settings
from tests.support.racing import at_once
from tests.support.sandbox import Sandbox, calls

TOKEN = "/cgi-bin/stable_token"
MENU = "/cgi-bin/menu/get"


@pytest.fixture
def account(settings: Settings, redis: Redis, clock: FixedClock) -> OfficialAccount:
    return OfficialAccount(settings, redis, clock)


def test_fifty_at_once_fetch_one_token(
    world: Sandbox, settings: Settings, redis: Redis, clock: FixedClock
) -> None:
    before = calls(world, TOKEN)
    processes = [OfficialAccount(settings, redis, clock) for _ in range(50)]
    assert at_once(50, lambda number: processes[number].menu()) == [[]] * 50
    assert calls(world, TOKEN) == before + 1


def test_a_flushed_redis_costs_one_call(world: Sandbox, account: OfficialAccount, redis: Redis) -> None:
    account.menu()
    before = calls(world, TOKEN)
    redis.flushall()
    account.menu()
    account.menu()
    assert calls(world, TOKEN) == before + 1


def test_without_redis_calls_still_get_through(settings: Settings, clock: FixedClock) -> None:
    nowhere = Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    assert OfficialAccount(settings, nowhere, clock).menu() == []


def test_a_token_that_grew_old_midway_is_renewed(world: Sandbox, account: OfficialAccount) -> None:
    account.menu()
    world.post("/_world/clock", {"seconds": 7300})
    before = calls(world, TOKEN)
    assert account.menu() == []
    assert calls(world, TOKEN) == before + 1


def test_a_token_that_others_ended_is_replaced_without_force(
    world: Sandbox, account: OfficialAccount, settings: Settings
) -> None:
    account.menu()
    ours = {"appid": settings.wechat_oa_appid, "secret": settings.wechat_oa_secret}
    world.post("/_world/clock", {"seconds": 60})
    world.post(TOKEN, {"grant_type": "client_credential", **ours, "force_refresh": True})
    before = calls(world, TOKEN)
    assert account.menu() == []
    assert calls(world, TOKEN) == before + 1


def test_a_lasting_refusal_ends_after_one_retry(world: Sandbox, account: OfficialAccount) -> None:
    account.menu()
    world.post("/_world/clock", {"seconds": 60})
    world.fault(MENU, "errcode", errcode=40001, times=1000)
    menus, tokens = calls(world, MENU), calls(world, TOKEN)
    with pytest.raises(Unavailable):
        account.menu()
    assert (calls(world, MENU), calls(world, TOKEN)) == (menus + 2, tokens + 2)
    with pytest.raises(Unavailable):
        account.menu()
    assert (calls(world, MENU), calls(world, TOKEN)) == (menus + 3, tokens + 3), (
        "not forced again within 30 s"
    )


def test_a_wrong_secret_is_nothing_a_caller_could_mend(
    settings: Settings, redis: Redis, clock: FixedClock
) -> None:
    wrong = settings.model_copy(update={"wechat_oa_secret": "wrong"})
    with pytest.raises(Unavailable):
        OfficialAccount(wrong, redis, clock).menu()


def test_who_waits_for_a_silent_wechat_is_not_kept_waiting_in_turn(redis: Redis) -> None:
    asked: list[bool] = []

    def fetch(force: bool) -> Issued:
        asked.append(force)
        raise Unavailable

    secret = LentSecret(redis, "silent", fetch)
    assert {type(one) for one in at_once(20, lambda _: secret.get())} == {Unavailable}
    assert asked == [False]
    redis.delete("wechat:silent:down")
    with pytest.raises(Unavailable):
        secret.get()
    assert asked == [False, False]


def test_a_secret_is_kept_no_longer_than_wechat_lends_it(redis: Redis) -> None:
    numbers = itertools.count()
    secret = LentSecret(redis, "short", lambda force: Issued(f"s{next(numbers)}", 7200))
    assert secret.get() == secret.get() == "s0"
    assert 7200 - 300 - 5 <= redis.ttl("wechat:short") <= 7200 - 300


def test_whoever_comes_late_takes_what_another_renewed(redis: Redis) -> None:
    forced: list[bool] = []

    def fetch(force: bool) -> Issued:
        forced.append(force)
        return Issued("new" if force else "old", 7200)

    secret = LentSecret(redis, "race", fetch)
    assert secret.get() == "old"
    assert at_once(20, lambda _: secret.renew("old")) == ["new"] * 20
    assert forced == [False, False, True]
