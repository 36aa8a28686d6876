"""The service under another address is the same service."""

from world import World


def test_another_address_of_graph_costs_a_whole_read_and_nothing_else():
    world = World().fill(4).settle()
    world.graph.base_url = "http://graph.sandbox:8080/v1.0"
    marked = world.mark()
    assert world.sync() == 0
    assert world.writes_since(marked) == []
    world.mailbox.edit(world.ids["single-1"], subject="Another title")
    assert world.sync() == 0
    world.assert_exact()
