/** Links of the service: where the credential may go, and that a list ends. */
import fc, { webUrls } from '../property.mts';
import { ServiceError } from '../../../nodes/kernel/errors.ts';
import { collectPages, sameOrigin, type Page } from '../../../nodes/kernel/paginate.ts';

const BASE = 'https://core.nextmatter.com/api/processes/1/instances/';

describe('sameOrigin', () => {
	it.each([
		['https://core.nextmatter.com/api/x/?page=2', 'https://core.nextmatter.com/api/x/?page=2'],
		['?cursor=a%3D', `${BASE}?cursor=a%3D`],
		['/api/x/?page=2', 'https://core.nextmatter.com/api/x/?page=2'],
		['https://core.nextmatter.com:443/a', 'https://core.nextmatter.com/a'],
		['HTTPS://CORE.NEXTMATTER.COM/a', 'https://core.nextmatter.com/a'],
		// Behind a TLS proxy Django writes http; the request itself stays on https.
		['http://core.nextmatter.com/a?page=2', 'https://core.nextmatter.com/a?page=2'],
	])('follows %s', (link, expected) => {
		expect(sameOrigin(link, BASE)).toBe(expected);
	});

	it.each([
		'https://evil.example/api/', '//evil.example/', 'https://core.nextmatter.com.evil.example/', 'https://core.nextmatter.com@evil.example/',
		'https://user@core.nextmatter.com/', 'https://core.nextmatter.com:8443/', 'http://core.nextmatter.com:8080/', 'ftp://core.nextmatter.com/',
		'javascript:alert(1)', 'data:text/plain,x', 'https://', '\\\\evil.example\\a', 'file:///etc/passwd',
	])('refuses %s', (link) => {
		expect(() => sameOrigin(link, BASE)).toThrow(ServiceError);
	});

	it('does not step down from https, nor up to another port', () => {
		expect(() => sameOrigin('http://127.0.0.1:4010/a', 'http://127.0.0.1:4011/')).toThrow(ServiceError);
		expect(() => sameOrigin('https://127.0.0.1/a', 'http://127.0.0.1/')).toThrow(ServiceError);
	});

	it('gives an address of the same origin or an error, for any text', () => {
		const links = fc.oneof(fc.string(), webUrls, fc.constantFrom('//', '/\\', '@', 'http:', 'https:').chain((start) => fc.string().map((rest) => start + rest)));
		fc.assert(
			fc.property(links, (link) => {
				let target: string;
				try {
					target = sameOrigin(link, BASE);
				} catch (error) {
					expect(error).toBeInstanceOf(ServiceError);
					return;
				}
				expect(new URL(target)).toMatchObject({ origin: 'https://core.nextmatter.com', username: '', password: '' });
			}),
			{ numRuns: 500 },
		);
	});
});

describe('collectPages', () => {
	/** A service with these page sizes. */
	function service(sizes: number[]) {
		const asked: string[] = [];
		const fetchPage = async (url: string): Promise<Page<number>> => {
			asked.push(url);
			const page = Number(new URL(url).searchParams.get('page') ?? 0);
			const before = sizes.slice(0, page).reduce((sum, size) => sum + size, 0);
			const next = page + 1 < sizes.length ? `?page=${page + 1}` : null;
			return { rows: Array.from({ length: sizes[page] }, (_, index) => before + index), next };
		};
		return { asked, fetchPage };
	}

	it('gives the first rows in order, with no more requests than they take', async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(fc.nat(7), { minLength: 1, maxLength: 8 }), fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }), async (sizes, limit) => {
				const { asked, fetchPage } = service(sizes);
				const rows = await collectPages(BASE, fetchPage, limit);
				const total = sizes.reduce((sum, size) => sum + size, 0);
				expect(rows).toEqual(Array.from({ length: Math.min(total, limit ?? total) }, (_, index) => index));
				let sum = 0;
				const enough = sizes.findIndex((size) => (sum += size) >= (limit ?? Number.POSITIVE_INFINITY));
				expect(asked).toHaveLength(enough < 0 ? sizes.length : enough + 1);
			}),
		);
	});

	it('ends when links go in a circle', async () => {
		let calls = 0;
		const rows = await collectPages(BASE, async () => ({ rows: [++calls], next: `?page=${calls % 3}` }));
		expect(rows).toEqual([1, 2, 3, 4]);
	});

	it('sends nothing to a foreign page', async () => {
		const asked: string[] = [];
		const pages = collectPages(BASE, async (url) => {
			asked.push(url);
			return { rows: [1], next: 'https://evil.example/' };
		});
		await expect(pages).rejects.toThrow('leads to another server');
		expect(asked).toEqual([BASE]);
	});
});
