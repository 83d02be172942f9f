"""The place of each worker among the others, as Horovod itself allots them."""

import pytest
from horovod.runner.common.util.hosts import HostInfo, get_host_assignments

from basketry.embeddings.barrier import places, run_worker


@pytest.mark.parametrize("hosts", ["a", "aa", "ab", "aabb", "aaab", "abbb", "abcca"])
def test_every_task_gets_the_place_that_horovod_would_give_it(hosts):
    slots = [HostInfo(host, hosts.count(host)) for host in dict.fromkeys(hosts)]
    allotted = [vars(slot) for slot in get_host_assignments(slots, len(hosts))]
    assert sorted((p._asdict() for p in places(hosts)), key=lambda p: p["rank"]) == allotted


def test_tasks_of_a_machine_keep_their_order_and_their_own_host():
    found = places(["b", "a", "b"])
    assert [(p.hostname, p.rank, p.local_rank) for p in found] == [("b", 0, 0), ("a", 2, 0), ("b", 1, 1)]


def test_a_machine_that_does_not_see_the_work_folder_says_what_to_set(tmp_path):
    with pytest.raises(RuntimeError, match=r"spec\.json is not on .*: give embeddings\.work_dir"):
        run_worker(None, str(tmp_path / "spec.json"))
