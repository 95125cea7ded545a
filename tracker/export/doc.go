// Package export writes what is known of names for the people and programs that
// use it: CSV and JSON Lines for researchers, a page and a TimelineJS file for
// journalists, STIX, MISP, Timesketch and Atom for takedown desks, a lifeline for
// the terminal, and one sentence that can be quoted.
//
// It knows the formats and their traps. It decides nothing: every date, band and
// status comes out of the [tracker.Dossier] that it is handed, and it reads no
// clock, so that the same dossiers give the same bytes and a re-import changes
// nothing. It does not ask the network and opens no file; cmd hands in the writer.
//
// Four rules hold in every format. A date is printed with its basis, and one that
// was observed as the interval it is. A night on which a name was not asked is
// shown as such, never left blank. A name is called "seized" only where its own
// row is documented; else [tracker.Confirmation.Phrase] speaks. Foreign text
// (titles, registrars, evidence) can neither run as a formula, markup or terminal
// command, nor become a link: names are defanged for people, and plain in the
// fields that programs read.
package export
