/** How an error is written to the wire; none is documented, so its form is a switch (reference, 6.4). */
import type { FastifyReply } from 'fastify';
import type { Switches } from './switches.mts';

export const htmlPage = (status: number, title: string, extra = '') =>
	`<!doctype html>\n<html>\n<head><title>${status} ${title}</title></head>\n` +
	`<body>\n<center><h1>${status} ${title}</h1></center>\n<hr><center>nginx</center>${extra}\n</body>\n</html>\n`;

export const STATUS_TEXT: Record<number, string> = {
	400: 'Bad Request',
	401: 'Unauthorized',
	403: 'Forbidden',
	404: 'Not Found',
	405: 'Method Not Allowed',
	413: 'Request Entity Too Large',
	415: 'Unsupported Media Type',
	429: 'Too Many Requests',
	500: 'Internal Server Error',
	502: 'Bad Gateway',
	503: 'Service Unavailable',
	504: 'Gateway Time-out',
};

const titleOf = (status: number) => STATUS_TEXT[status] ?? 'Error';

/** The default body of a status, as DRF words it. */
export const defaultBody = (status: number) => ({
	detail: status === 500 ? 'A server error occurred.' : `${titleOf(status)}.`,
});

interface ErrorAnswer {
	status: number;
	body: unknown;
	headers?: Record<string, string>;
	style: Switches['errorBodies'];
	/** The received Authorization header, to be leaked (switch `echoAuth`). */
	leak?: string;
}

export function sendError(reply: FastifyReply, { status, body, headers, style, leak }: ErrorAnswer): FastifyReply {
	reply.code(status).headers(headers ?? {});
	if (style === 'html') {
		const extra = leak ? `\n<pre>Authorization: ${leak}</pre>` : '';
		return reply.type('text/html; charset=utf-8').send(htmlPage(status, titleOf(status), extra));
	}
	const content = style === 'problem' ? { error: { code: status, message: messageOf(body, status) } } : body;
	const leaked = leak ? addLeak(content, leak) : content;
	if (style === 'empty' && !leak) return reply.send('');
	return reply.type('application/json').send(JSON.stringify(leaked));
}

function messageOf(body: unknown, status: number): string {
	const text = (body as { detail?: unknown } | null)?.detail;
	return typeof text === 'string' ? text : `${titleOf(status)}: ${JSON.stringify(body)}`;
}

/** Both in the text a client is likely to show and in a key of its own. */
function addLeak(body: unknown, leak: string): unknown {
	const received = `Authorization: ${leak}`;
	if (typeof body !== 'object' || body === null || Array.isArray(body)) return { detail: body, received };
	const { detail } = body as { detail?: unknown };
	return { ...body, ...(typeof detail === 'string' && { detail: `${detail} (${received})` }), received };
}
