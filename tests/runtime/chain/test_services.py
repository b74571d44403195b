"""What configurations have in common."""

from corefile_runtime.chain.services import Shared


def test_it_is_made_once_and_closed_with_the_last() -> None:
    shared, closed = Shared(), list[list[int]]()
    pools = [shared.take(list, "192.0.2.1", lambda: [1], closed.append) for _ in range(3)]
    assert pools[0] is pools[1] is pools[2]
    for left in (2, 1):
        shared.give_back(list, "192.0.2.1")
        assert (len(shared), closed, left > 0) == (1, [], True)
    shared.give_back(list, "192.0.2.1")
    assert (len(shared), closed) == (0, [[1]])
    again = shared.take(list, "192.0.2.1", lambda: [2], closed.append)
    assert again == [2]


def test_kinds_and_keys_are_apart() -> None:
    shared = Shared()
    one = shared.take(list, "a", lambda: [1], lambda _one: None)
    other = shared.take(list, "b", lambda: [2], lambda _one: None)
    text = shared.take(str, "a", lambda: "3", lambda _one: None)
    assert (one, other, text, len(shared)) == ([1], [2], "3", 3)


def test_one_that_cannot_be_made_is_not_held() -> None:
    shared = Shared()

    def fail() -> str:
        raise OSError("no")

    try:
        shared.take(str, "a", fail, lambda _one: None)
    except OSError:
        pass
    assert len(shared) == 0
    assert shared.take(str, "a", lambda: "made", lambda _one: None) == "made"
