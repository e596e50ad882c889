// Loaded into n8n (node --import): when the process that started it is killed outright, n8n ends too,
// rather than keep its port for ever.
const parent = process.ppid;
setInterval(() => {
	if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
}, 1_000).unref();
