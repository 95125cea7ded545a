// Package scan is the pipeline: it decides what to ask on a night, has it asked
// in batches, and derives links, states and alerts from what came back.
//
// It knows the order of the stages and what each one reads and writes. It opens
// no socket and no file: it asks the world through the small interfaces of
// ask.go, keeps everything in a [Store], and leaves judgement to the pure
// packages (lookalike, custody, fingerprint, link, lifecycle). Its data comes
// from case files and from what earlier nights found; it goes into the Store,
// from which alerts, exports and pages are made.
//
// Stages meet only in the Store. Asking is a [Job], inserted in the transaction
// of what caused it; a batch is stored whole, once, under its key, so a job that
// ran twice asked twice and told once. Deriving reads batches past its cursor and
// moves the cursor in the transaction of its results. So the program may be
// killed anywhere, and the next scan of the same time ends with the same rows.
package scan
