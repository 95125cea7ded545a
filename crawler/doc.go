// Package crawler asks the web. It looks at one site as a small matrix of
// visitors (a direct one, one that follows a link from social media, a phone, a
// search engine, one behind a proxy elsewhere) and hands back a Capture: every
// exchange of every visit, headers in the order received, certificates as they
// are, the bytes of every body in the blob store.
//
// It does not resolve names, judge addresses, decide what a page means or keep
// history: addresses come from resolver, connections from the guarded dialer,
// the class of a page from crawler/fingerprint, all as functions handed in by
// cmd; captures go to the store and to crawler/archive. Everything a site sends
// is hostile until proven otherwise: limits hold after decompression, redirects
// are resolved and judged anew at each hop, no script is run, no form is sent.
package crawler
