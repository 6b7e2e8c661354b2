"""What goes wrong and when."""

from collections import Counter

from tests.chaos.schedule import (
    OF_PROCESSES,
    Fault,
    deal,
    every_process_in_turn,
    lasts_until_s,
    targets,
)

AMONG = targets(["payment.follow_enrolments", "catalogue.count_places"], broker_nodes=3)


def test_the_same_seed_deals_the_same_schedule_and_another_seed_another_one() -> None:
    first, again = (deal(7, AMONG, faults=50, every_s=2.0) for _ in range(2))

    assert first == again
    assert first != deal(8, AMONG, faults=50, every_s=2.0)


def test_every_process_fails_in_every_way_before_anything_fails_again() -> None:
    deck = len(AMONG.processes) * 3 + len(AMONG.lines) + len(AMONG.queues) + 4 + 3

    dealt = Counter((fault.kind, fault.target) for fault in deal(1, AMONG, faults=deck, every_s=1))

    wanted = {(kind, process) for kind in OF_PROCESSES for process in AMONG.processes}
    assert {each: dealt[each] for each in wanted} == dict.fromkeys(wanted, 1)
    assert all(any(target == line for _, target in dealt) for line in AMONG.lines)


def test_one_fault_begins_in_each_interval() -> None:
    begin = [fault.at_s for fault in deal(1, AMONG, faults=20, every_s=2.0)]

    assert all(number * 2 < at <= (number + 1) * 2 for number, at in enumerate(begin))


def test_a_short_run_takes_every_process_down_and_servers_in_both_ways() -> None:
    short = every_process_in_turn(1, AMONG, every_s=1.5)

    times = Counter(each.target for each in short if each.kind in {"kill", "freeze"})
    assert set(times) == set(AMONG.processes)
    assert {each for each, count in times.items() if count == 2} == {
        "postgres",
        "rabbitmq",
        "rabbitmq-2",
        "rabbitmq-3",
    }


def test_it_is_over_when_its_last_fault_is() -> None:
    faults = [Fault(1.0, "freeze", "payment", 8.0), Fault(5.0, "reset", "a → b", 0.0)]

    assert lasts_until_s(faults) == 9.0
    assert lasts_until_s([]) == 0.0


def test_a_fault_says_what_it_is() -> None:
    assert (
        str(Fault(12.5, "freeze", "payment", 2.0)) == "   12.5 s  freeze          payment for 2.0 s"
    )
