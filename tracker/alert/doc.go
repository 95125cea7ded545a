// Package alert takes alerts from the outbox to the people who wait for them.
//
// It knows channels (a signed webhook), how to sign, and when to try again. It
// does not decide what deserves an alert (tracker/scan does, in the transaction
// of the facts) and keeps nothing: what is due comes from an [Outbox], results go
// back to it. Sockets are opened by the HTTP client that cmd hands in.
//
// Delivery is at least once: an alert is marked delivered only after the receiver
// said 2xx, so a crash between the two sends it again, with the same
// Idempotency-Key. It is never lost because a receiver was down, however long.
package alert
