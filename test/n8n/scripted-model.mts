// A chat model for n8n's agent that says what a script tells it to: the OpenAI chat API on loopback, so that
// the real agent, the real tool calls and the real node run, and only the thinking is ours.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Json } from '../../scripts/n8n-instance.mts';

/** A tool as the model is told about it. */
export interface OfferedTool {
	name: string;
	description: string;
	/** JSON Schema of the arguments. */
	parameters: Json & { properties: Record<string, Json>; required?: string[] };
}

export interface Message {
	role: string;
	content: unknown;
	tool_call_id?: string;
	tool_calls?: Array<{ id: string; function: { name: string; arguments: string } }>;
}

/** What the model was sent in one turn. */
export interface Turn {
	tools: OfferedTool[];
	messages: Message[];
	/** The text of the newest message: after a tool call, what the tool answered. */
	last: string;
}

/** What the model answers: a call of a tool, or a text, which ends the conversation. */
export type Reply = { call: string; with: Json } | { say: string };

/** One function per turn; what a tool answered can go into the next call. */
export type Script = Array<(turn: Turn) => Reply>;

export interface ScriptedModel extends AsyncDisposable {
	/** Base URL for the OpenAI credential. */
	url: string;
	/** Every turn so far. */
	turns: Turn[];
	/** Starts a new conversation. */
	play(script: Script): void;
}

async function readBody(request: IncomingMessage): Promise<Json> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Json;
}

/** The text of a message, which may come as a list of parts. */
function textOf({ content }: Message): string {
	if (typeof content === 'string') return content;
	return ((content ?? []) as Array<{ text?: string }>).map(({ text = '' }) => text).join('');
}

function toTurn(body: Json): Turn {
	const messages = (body.messages ?? []) as Message[];
	const tools = ((body.tools ?? []) as Array<{ function: OfferedTool }>).map((tool) => tool.function);
	return { tools, messages, last: textOf(messages.at(-1) ?? { role: '', content: '' }) };
}

/** The reply as the OpenAI API words it. */
function toCompletion(reply: Reply, id: number): Json {
	const called = 'call' in reply;
	const message = called
		? {
				role: 'assistant',
				content: null,
				tool_calls: [
					{
						id: `call_${id}`,
						type: 'function',
						function: { name: reply.call, arguments: JSON.stringify(reply.with) },
					},
				],
			}
		: { role: 'assistant', content: reply.say };
	return {
		id: `chatcmpl-${id}`,
		object: 'chat.completion',
		created: 0,
		model: 'scripted',
		choices: [{ index: 0, message, finish_reason: called ? 'tool_calls' : 'stop' }],
		usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
	};
}

export async function startScriptedModel(): Promise<ScriptedModel> {
	const turns: Turn[] = [];
	let script: Script = [];
	const server = createServer(async (request, response) => {
		const answer = (status: number, body: unknown) =>
			response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
		try {
			if (request.method !== 'POST' || !request.url?.endsWith('/chat/completions')) {
				answer(404, { error: { message: `Only the chat API is here, not ${request.method} ${request.url}` } });
				return;
			}
			const turn = toTurn(await readBody(request));
			const next = script[turns.length];
			turns.push(turn);
			if (!next) throw new Error(`The script has no turn ${turns.length}. The last message was: ${turn.last}`);
			answer(200, toCompletion(next(turn), turns.length));
		} catch (error) {
			// 400, because anything else would be sent again.
			answer(400, { error: { message: (error as Error).message, type: 'invalid_request_error' } });
		}
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
		turns,
		play(next) {
			script = next;
			turns.length = 0;
		},
		async [Symbol.asyncDispose]() {
			server.closeAllConnections();
			await new Promise((done) => server.close(done));
		},
	};
}
