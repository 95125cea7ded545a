// Package feed reads streams of names: Certificate Transparency logs by static
// tiles ([Tiles]) and by RFC 6962 ([Log]), certstream-compatible servers
// ([Certstream]), zone files ([Zone]) and lists of newly registered names
// ([List]).
//
// It knows how far it has read, and what it could not read. A [Source] hands out
// a [Batch] of names with the [Position] that is reached once the batch is
// stored; [Run] carries batches to a [Sink] until told to stop, backs off when a
// server asks for it, and reports what was missed: a [Gap] says from when to when
// a source was not read and whether its names are late or lost, an [Alarm] says
// that something needs a person (a connection that is up but silent, a log that
// contradicts itself). Nothing is ever read again from the beginning because a
// position is missing: a log without one is joined at its present end.
//
// Log heads count only with the log's signature. Tile entries are handed out
// after their hashes led to the signed head, and a new head only after it was
// shown to extend the one before it.
//
// Names come out lower case, without a final dot and without the "*." of
// wildcard certificates, and otherwise as written; an entry that holds none is
// counted, not dropped in silence. The package does not judge whether a name
// matters (tracker/lookalike does), keeps no position (the sink does), and opens
// no socket: HTTP clients and dial functions are handed in, made by
// internal/egress.
package feed
