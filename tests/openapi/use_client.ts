// Creates, lists, exports and deletes a tool with the generated TypeScript client: use_client.ts URL.
import { randomUUID } from 'node:crypto';

import { createTool, deleteTool, exportTools, listTools } from './typescript-fetch';
import { client } from './typescript-fetch/client.gen';

function check(holds: boolean, what: string, answer: unknown): void {
  if (holds) return;
  console.error(`use_client.ts: ${what} answered ${JSON.stringify(answer)}`);
  process.exit(1);
}

async function useClient(url: string): Promise<void> {
  client.setConfig({ baseUrl: url });
  const name = `openapi_typescript_${randomUUID().slice(0, 8)}`;

  const created = await createTool({
    body: {
      tool_name: name,
      description: 'Made by a generated client',
      platform: 'linux',
      category: 'text-processing',
      capabilities: [
        { capability_name: name, patterns: [{ pattern_name: 'all', time_estimate_ms: '100 + 0.01 * N' }] },
      ],
    },
  });
  check(created.response.status === 201 && created.data?.tool_name === name, 'create', created.error ?? created.data);

  const listed = await listTools({ query: { capability: name } });
  const pattern = listed.data?.tools?.[0]?.capabilities?.[0]?.patterns?.[0];
  check(listed.data?.tools?.length === 1, 'list', listed.error ?? listed.data);
  check(pattern?.time_estimate_ms === '100 + 0.01 * N', 'list', listed.data);

  const exported = await exportTools({ body: { tool_names: [name] } });
  const text = exported.data?.yaml_content ?? '';
  check(text.includes(`tool_name: ${name}`), 'export', exported.error ?? exported.data);

  const deleted = await deleteTool({ path: { tool_name: name } });
  check(deleted.response.ok, 'delete', deleted.error);
}

void useClient(process.argv[2]);
