// Package archive keeps proof: the bytes of every answer in a content-addressed
// blob store, every HTTP exchange as it went over the wire in WARC 1.1 files,
// and a manifest whose lines are chained by hash from night to night, so that
// nobody, we included, can change yesterday's evidence unnoticed.
//
// It knows files, digests and record formats. It does not fetch, does not judge
// what a page means and does not open sockets: crawler hands in captures with
// their wire bytes, cmd hands in a directory, and what comes out are files that
// other people's tools read (WARC, WACZ) and an error of [Verify] that names
// the first bad link.
package archive
