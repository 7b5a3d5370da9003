"""Ray is started and joined as it is told; what cannot be is one line. Starting it takes seconds: tests/test_ray.py."""

from __future__ import annotations

import pytest

from empa_graph.errors import UsageError
from empa_graph.run.cluster.start import started
from tests.postgres import free_port
from tests.ray_parts import WITHOUT_RAY

pytestmark = WITHOUT_RAY


async def test_a_cluster_that_nobody_serves_is_one_line_at_once():
    address = f"127.0.0.1:{free_port()}"
    with pytest.raises(UsageError, match=f"--ray-address {address}: no cluster can be joined .*refused"):
        async with started(address, None, 4):
            raise AssertionError
