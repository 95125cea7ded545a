// Package fingerprint reads a capture: what class of page each visitor was
// shown, whether visitors were shown different things, and everything about the
// page that can be compared with another one (identifiers, text and layout
// hashes, favicon, certificate, links, contacts).
//
// It is pure: bytes come in through the capture and a function from digest to
// body, values come out, and the same bytes under the same [Rule] give the same
// values for ever. It extracts all there is. It does not fetch, does not decide
// who owns a site, and does not subtract what a genuine outlet carries too:
// that is tracker/link's work, in view of the reader. A page that claims a
// seizure is a notice here; whether the name is seized needs the second signal
// of tracker/custody.
package fingerprint
