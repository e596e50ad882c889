/**
 * How an instance moves through its steps.
 *
 * Documented: steps are active or not, groups and parallel steps nest (docs/branch-flows), automated steps complete by
 * themselves (docs/complete-a-step), a routing button can continue, jump ahead, jump back or stop the workflow, which
 * declines the step and leaves later ones alone (docs/routing). The rules in detail are invented.
 */
import type {
	Instance,
	InstanceStatus,
	Micros,
	StepNode,
	StepState,
	Workflow,
	WorkflowDef,
	StepDef,
} from './types.mts';

export const isContainer = (node: StepNode) => node.type === 'group' || node.type === 'parallel';
const isAutomatic = (node: StepNode) => node.type === 'email' || node.type === 'integration';

/** Prepares a definition for use. The definition is copied: later changes do not reach running instances. */
export function compileWorkflow(definition: WorkflowDef): Workflow {
	const def = structuredClone(definition);
	const workflow: Workflow = {
		def,
		roots: [],
		nodes: [],
		leaves: [],
		nodeById: new Map(),
		actionById: new Map(),
	};
	const build = (steps: StepDef[], parent: StepNode | null): StepNode[] =>
		steps.map((step, index) => {
			const type = step.type ?? (step.steps ? 'group' : 'form');
			const node: StepNode = { def: step, type, parent, children: [], index, order: workflow.nodes.length };
			if (workflow.nodeById.has(step.id)) throw new Error(`Step ${step.id} occurs twice in workflow ${def.id}.`);
			workflow.nodes.push(node);
			workflow.nodeById.set(step.id, node);
			if (!isContainer(node)) workflow.leaves.push(node);
			for (const action of step.actions ?? []) {
				if (workflow.actionById.has(action.id)) throw new Error(`Form field ${action.id} occurs twice.`);
				workflow.actionById.set(action.id, { action, node });
			}
			node.children = build(step.steps ?? [], node);
			return node;
		});
	workflow.roots = build(def.steps, null);
	return workflow;
}

export const statusOf = (instance: Instance): InstanceStatus =>
	instance.aborted !== null ? 'aborted' : instance.completed !== null ? 'completed' : 'running';

export const stateOf = (instance: Instance, node: StepNode): StepState => instance.steps.get(node.def.id)!;

/** Active steps that somebody can complete; groups around them only on demand. */
export function activeNodes(instance: Instance, withGroups: boolean): StepNode[] {
	const nodes = withGroups ? instance.workflow.nodes : instance.workflow.leaves;
	return nodes.filter((node) => stateOf(instance, node).status === 'active');
}

/** Share of finished steps, 0 to 1. */
export function progressOf(instance: Instance): number {
	const { leaves } = instance.workflow;
	const done = leaves.filter((node) => isDone(instance, node)).length;
	return leaves.length === 0 ? 1 : done / leaves.length;
}

const isDone = (instance: Instance, node: StepNode) => {
	const { status } = stateOf(instance, node);
	return status !== 'waiting' && status !== 'active';
};

export function start(instance: Instance, at: Micros): void {
	const [first] = instance.workflow.roots;
	if (first) enter(instance, first, at);
	else instance.completed = at;
}

function enter(instance: Instance, node: StepNode, at: Micros, childToo = true): void {
	const state = stateOf(instance, node);
	state.status = 'active';
	state.started = at;
	state.completed = null;
	state.entered += 1;
	const hours = node.def.deadlineHours;
	state.deadline = hours === undefined ? null : at + hours * 3_600_000_000;

	if (isAutomatic(node)) return finish(instance, node, at);
	if (!isContainer(node) || !childToo) return;
	if (node.children.length === 0) return finish(instance, node, at);
	const entered = node.type === 'parallel' ? node.children : node.children.slice(0, 1);
	for (const child of entered) enter(instance, child, at);
}

function mark(instance: Instance, node: StepNode, status: 'completed' | 'skipped' | 'declined', at: Micros) {
	const state = stateOf(instance, node);
	state.status = status;
	state.completed = at;
}

/** Completes a step and goes on to whatever follows. */
export function finish(instance: Instance, node: StepNode, at: Micros): void {
	mark(instance, node, 'completed', at);
	const { parent } = node;
	const siblings = parent ? parent.children : instance.workflow.roots;
	if (parent?.type === 'parallel') {
		if (siblings.every((sibling) => isDone(instance, sibling))) finish(instance, parent, at);
		return;
	}
	const next = siblings[node.index + 1];
	if (next) enter(instance, next, at);
	else if (parent) finish(instance, parent, at);
	else instance.completed = at;
}

/** The workflow is stopped from within: the step is declined, later steps stay as they are (docs/routing). */
export function decline(instance: Instance, node: StepNode, at: Micros): void {
	mark(instance, node, 'declined', at);
	instance.aborted = at;
}

const pathOf = (node: StepNode): StepNode[] => (node.parent ? [...pathOf(node.parent), node] : [node]);

const subtree = (node: StepNode): StepNode[] => [node, ...node.children.flatMap(subtree)];

function skip(instance: Instance, node: StepNode, at: Micros) {
	for (const part of subtree(node)) {
		if (!isDone(instance, part)) mark(instance, part, 'skipped', at);
	}
}

/** Completes a step and continues at a later one; what lies between is skipped. */
export function jumpForward(instance: Instance, from: StepNode, target: StepNode, at: Micros): void {
	const [fromPath, targetPath] = [pathOf(from), pathOf(target)];
	let depth = 0;
	while (fromPath[depth] === targetPath[depth]) depth += 1;
	const common = depth > 0 ? fromPath[depth - 1] : null;
	// A parallel neighbour is active anyway.
	if (common?.type === 'parallel') return finish(instance, from, at);

	mark(instance, from, 'completed', at);
	const siblings = common ? common.children : instance.workflow.roots;
	const [left, reached] = [fromPath[depth], targetPath[depth]];
	for (const node of siblings.slice(left.index, reached.index)) skip(instance, node, at);
	enterPath(instance, targetPath.slice(depth), at);
}

/** Enters a step inside groups: the groups become active, what precedes it in them is skipped. */
function enterPath(instance: Instance, path: StepNode[], at: Micros) {
	const [node, ...inner] = path;
	if (inner.length === 0) return enter(instance, node, at);
	enter(instance, node, at, false);
	for (const child of node.children) {
		if (child === inner[0]) enterPath(instance, inner, at);
		else if (node.type === 'parallel') enter(instance, child, at);
		else if (child.index < inner[0].index) skip(instance, child, at);
	}
}

/** Returns to an earlier step: it becomes active again and what follows it waits anew. Values are kept. */
export function jumpBack(instance: Instance, from: StepNode, target: StepNode, at: Micros): void {
	mark(instance, from, 'completed', at);
	for (let node: StepNode | null = target; node; node = node.parent) {
		const { parent }: StepNode = node;
		if (node !== target) {
			const state = stateOf(instance, node);
			state.status = 'active';
			state.completed = null;
		}
		if (parent?.type === 'parallel') continue;
		const siblings = parent ? parent.children : instance.workflow.roots;
		for (const later of siblings.slice(node.index + 1)) reset(instance, later);
	}
	for (const inner of target.children) reset(instance, inner);
	enter(instance, target, at);
}

function reset(instance: Instance, node: StepNode) {
	for (const part of subtree(node)) {
		const state = stateOf(instance, part);
		state.status = 'waiting';
		state.started = state.completed = state.deadline = null;
	}
}
