/** How many workflows are remembered for one account. */
const MOST = 200;

const workflows = new Map<string, Map<number, string>>();

/** Notes a workflow that was used, for lists where the API gives none. Lives as long as the n8n process. */
export function rememberWorkflow(account: string, id: number, name = ''): void {
	const known = workflows.get(account) ?? new Map<number, string>();
	workflows.set(account, known);
	const label = name || (known.get(id) ?? '');
	known.delete(id);
	known.set(id, label);
	const [oldest] = known.keys();
	if (known.size > MOST) known.delete(oldest);
}

/** The remembered workflows of an account, the last used first. The name is empty where it is not known. */
export function rememberedWorkflows(account: string): Array<{ id: number; name: string }> {
	return [...(workflows.get(account) ?? [])].map(([id, name]) => ({ id, name })).reverse();
}
