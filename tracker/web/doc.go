// Package web serves the dashboard and its API: the cases with their last runs,
// the sites of a case with small lifelines, everything about one site, and the
// alerts with what people may do about them.
//
// It knows HTTP, pages and limits. What it shows comes from a [Reader]; lifelines
// and sentences are drawn by functions that cmd hands in, since they belong to
// tracker/export; what a person decides about an alert goes out through
// [Config].SetAlert. It derives nothing, asks no network and keeps nothing but a
// bounded cache of rows.
//
// What it shows was written by strangers, some of them hostile to the reader.
// Pages carry no script and a policy that admits none; names are defanged and
// never links to the outside; foreign markup is text. Anyone may reach a port on
// loopback from a page that the reader's browser has open, so writing needs a
// same-origin request, and a Host that is not an address, localhost or configured
// is refused, which defeats DNS rebinding. There is no login: bind it to loopback
// or put a proxy that has one in front.
package web
