/** Property-based tests of the unit suite: always the same runs, unless FC_SEED asks for others. */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 20_261_122) });

const piece = fc.constantFrom('a', 'api', '7', '4210', '..', '.', '%2e%2e', '%2F', '@', ':', '?id=9', '#/5', '\\', ' ', '', 'ü');

/** Web addresses, good and bad ones. Much quicker than `fc.webUrl`. */
export const webUrls = fc
	.tuple(fc.constantFrom('https://', 'http://', '//', 'HTTPS://', 'ftp://'), fc.constantFrom('core.nextmatter.com', 'evil.example', '127.0.0.1:1', 'u:p@core.nextmatter.com', '[::1]', ''), fc.array(piece, { maxLength: 5 }))
	.map(([scheme, host, path]) => scheme + [host, ...path].join('/'));

export default fc;
