/** Control over HTTP, outside /api and without a key: what a test in the same process does through `Sandbox`. */
import type { FastifyInstance } from 'fastify';
import type { Fault } from './faults.mts';
import type { Sandbox } from './server.mts';
import type { NewInstance } from './store.mts';
import type { InputObject } from './types.mts';

interface IdRequest<B = unknown> {
	Params: { id: string };
	Body: B;
}

export function addControl(app: FastifyInstance, sandbox: Sandbox): void {
	app.register(
		async (control) => {
			control.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
				try {
					done(null, text === '' ? undefined : JSON.parse(String(text)));
				} catch (error) {
					done(Object.assign(error as Error, { statusCode: 400 }));
				}
			});
			// A wrong control call is the caller's mistake, never a fault of the API.
			control.setErrorHandler((error: Error, _request, reply) => reply.code(400).send({ error: error.message }));

			const { state, faults, requests } = sandbox;

			control.get('/state', () => ({
				workflows: [...state.workflows.values()].map(({ def }) => def),
				users: state.users,
				keyUserId: state.keyUserId,
				instances: [...state.instances.values()].map((instance) => state.view(instance)),
				files: [...state.files.values()].map(({ content, ...file }) => ({ ...file, size: content.length })),
				faults: faults.list(),
				internalFaults: state.internalFaults,
			}));
			control.get('/requests', () => requests);
			control.delete('/requests', (_request, reply) => {
				requests.length = 0;
				return reply.code(204).send();
			});
			control.get('/switches', () => sandbox.switches);
			control.patch('/switches', (request) => {
				sandbox.set(request.body as object);
				return sandbox.switches;
			});
			control.get('/faults', () => faults.list());
			control.post('/faults', (request, reply) => {
				for (const fault of [request.body].flat() as Fault[]) faults.add(fault);
				return reply.code(201).send(faults.list());
			});
			control.delete('/faults', (_request, reply) => {
				faults.clear();
				return reply.code(204).send();
			});
			control.post('/reset', (_request, reply) => {
				sandbox.reset();
				return reply.code(204).send();
			});

			control.post('/workflows', (request, reply) =>
				reply.code(201).send(state.addWorkflow(request.body as Parameters<typeof state.addWorkflow>[0]).def),
			);
			control.post<{ Body: NewInstance & { workflowId: number } }>('/instances', (request, reply) => {
				const { workflowId, ...options } = request.body;
				return reply.code(201).send(state.createInstance(workflowId, options));
			});
			control.get<IdRequest>('/instances/:id', (request, reply) => {
				const view = state.instance(Number(request.params.id));
				return view ?? reply.code(404).send({ error: `There is no instance ${request.params.id}.` });
			});
			control.post<IdRequest<{ stepId: number; values?: Record<number, InputObject> }>>(
				'/instances/:id/complete_step',
				({ params, body }) => state.completeStep(Number(params.id), body.stepId, body.values),
			);
			control.post<IdRequest>('/instances/:id/abort', ({ params }) => state.abort(Number(params.id)));
			control.post<IdRequest>('/instances/:id/touch', ({ params }) => state.touch(Number(params.id)));
			control.post<IdRequest<{ actionId: number; value: InputObject }>>(
				'/instances/:id/set_field_value',
				({ params, body }) => state.setFieldValue(Number(params.id), body.actionId, body.value),
			);
			control.delete<IdRequest>('/instances/:id', ({ params }, reply) => {
				state.delete(Number(params.id));
				return reply.code(204).send();
			});
		},
		{ prefix: '/control' },
	);
}
