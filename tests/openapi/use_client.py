"""Creates, lists, exports and deletes a tool with the generated Python client: use_client.py URL."""

import sys
import uuid

from python.api.catalog_service import create_tool, delete_tool, export_tools, list_tools
from python.client import Client
from python.models.export_tools_body import ExportToolsBody
from python.models.toolcatalog_v1_tool import ToolcatalogV1Tool


def check(holds, what):
    if not holds:
        sys.exit(f"use_client.py: {what}")


client = Client(base_url=sys.argv[1], raise_on_unexpected_status=True)
name = f"openapi_python_{uuid.uuid4().hex[:12]}"
definition = ToolcatalogV1Tool.from_dict(
    {
        "tool_name": name,
        "description": "Made by a generated client",
        "platform": "linux",
        "category": "text-processing",
        "capabilities": [
            {"capability_name": name, "patterns": [{"pattern_name": "all", "time_estimate_ms": "100 + 0.01 * N"}]}
        ],
    }
)

created = create_tool.sync_detailed(client=client, body=definition)
check(created.status_code == 201, f"create answered {created.status_code}: {created.content!r}")
check(created.parsed.tool_name == name, f"created {created.parsed!r}")

listed = list_tools.sync(client=client, capability=name)
check([tool.tool_name for tool in listed.tools] == [name], f"listed {listed!r}")
check(listed.tools[0].capabilities[0].patterns[0].time_estimate_ms == "100 + 0.01 * N", f"listed {listed!r}")

exported = export_tools.sync(client=client, body=ExportToolsBody(tool_names=[name]))
check(f"tool_name: {name}" in exported.yaml_content, f"exported {exported!r}")

deleted = delete_tool.sync_detailed(name, client=client)
check(deleted.status_code in (200, 204), f"delete answered {deleted.status_code}: {deleted.content!r}")
