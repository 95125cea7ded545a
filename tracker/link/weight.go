package link

import (
	"math"

	"respawn/tracker"
)

// A kind of evidence: its group, the likelihood ratio of a match on a value that
// no stranger is known to carry, and whether such a match can identify an
// operator. Circumstances (registrar, day, country) add to a score and never
// open the gate to "confirmed".
type kind struct {
	group    tracker.Group
	lr       float64
	identity bool
}

// kinds are the starting values of the evidence table in docs/methods.md. Keys
// that are identifier kinds are those of crawler/fingerprint.
var kinds = map[string]kind{
	// tracking and advertising: one account, many sites
	"ga-ua":         {tracker.GroupTracking, 1000, true},
	"ga4":           {tracker.GroupTracking, 1000, true},
	"gtm":           {tracker.GroupTracking, 1000, true},
	"google-tag":    {tracker.GroupTracking, 1000, true},
	"google-ads":    {tracker.GroupTracking, 500, true},
	"floodlight":    {tracker.GroupTracking, 500, true},
	"adsense":       {tracker.GroupTracking, 100, true}, // intermediaries run hundreds (WWW'22 10.1145/3485447.3512124)
	"metrika":       {tracker.GroupTracking, 1000, true},
	"fb-pixel":      {tracker.GroupTracking, 1000, true},
	"fb-app":        {tracker.GroupTracking, 500, true},
	"fb-pages":      {tracker.GroupTracking, 500, true},
	"matomo":        {tracker.GroupTracking, 1000, true},
	"vk-rtrg":       {tracker.GroupTracking, 1000, true},
	"tiktok":        {tracker.GroupTracking, 1000, true},
	"topmailru":     {tracker.GroupTracking, 1000, true},
	"cf-beacon":     {tracker.GroupTracking, 500, true},
	"hotjar":        {tracker.GroupTracking, 1000, true},
	"clarity":       {tracker.GroupTracking, 1000, true},
	"disqus":        {tracker.GroupTracking, 500, true},
	"onesignal":     {tracker.GroupTracking, 1000, true},
	"verification":  {tracker.GroupTracking, 500, true},
	"tracking-host": {tracker.GroupTracking, 200, true},
	// keys and certificates
	"spki":        {tracker.GroupTLS, 500, true},
	"certificate": {tracker.GroupTLS, 50, true}, // one certificate, few names
	// design
	"favicon-mmh3": {tracker.GroupDesign, 100, true},
	"asset":        {tracker.GroupDesign, 50, true},
	"template":     {tracker.GroupDesign, 4, false}, // themes are sold to everyone
	"css":          {tracker.GroupDesign, 12, false},
	"dom":          {tracker.GroupDesign, 5, false},
	// content
	"slug":      {tracker.GroupContent, 60, true},
	"title":     {tracker.GroupContent, 60, true},
	"text":      {tracker.GroupContent, 300, true},
	"site-name": {tracker.GroupContent, 20, true},
	"author":    {tracker.GroupContent, 60, true},
	// redirects
	"redirect": {tracker.GroupRedirect, 200, true},
	"outbound": {tracker.GroupRedirect, 3, false},
	// contact
	"email":    {tracker.GroupContact, 300, true},
	"telegram": {tracker.GroupContact, 300, true},
	"social":   {tracker.GroupContact, 200, true},
	"wallet":   {tracker.GroupContact, 1000, true},
	// naming system and hosting
	"ns-own":  {tracker.GroupHosting, 60, true}, // name servers that few names use
	"ns-pair": {tracker.GroupHosting, 4, false}, // an assigned pair at a large provider
	"address": {tracker.GroupHosting, 40, true},
	"soa":     {tracker.GroupHosting, 20, true},
	"asn":     {tracker.GroupHosting, 1.5, false},
	"headers": {tracker.GroupHosting, 1.5, false}, // groups server stacks only (HHHash)
	// registration
	"registrant":   {tracker.GroupRegistration, 200, true},
	"batch":        {tracker.GroupRegistration, 20, false},
	"registrar":    {tracker.GroupRegistration, 2, false},
	"registry-day": {tracker.GroupRegistration, 2, false},
}

// aliases maps other spellings of identifier kinds to the table's keys, so that a
// new verification token or social network is weighed without a new row.
func kindOf(id string) (kind, bool) {
	k, ok := kinds[id]
	if ok {
		return k, true
	}
	if a, ok := families[id]; ok {
		return kinds[a], true
	}
	return kind{}, false
}

var families = map[string]string{
	"google-site-verification": "verification", "yandex-verification": "verification", "msvalidate": "verification",
	"facebook-domain-verification": "verification", "pinterest-verification": "verification",
	"vk": "social", "twitter": "social", "x": "social", "facebook": "social", "youtube": "social", "instagram": "social",
	"btc": "wallet", "eth": "wallet", "tron": "wallet", "xmr": "wallet",
	"body": "asset", "image": "asset", "logo-phash": "asset",
}

const (
	// maxWeight caps a single weight and a group: ln 1000, so that no one value
	// can outvote everything else.
	maxWeight = 6.907755278982137
	// damping of further evidence in a group: it is correlated with the first.
	damping = 0.3
	// matchRate is P(match | same operator) for an identity value; operators also
	// change their accounts.
	matchRate = 0.7
	// seedSites is how many unrelated sites the background stands for before a
	// deployment has crawled that many itself: a value never seen is not proof
	// that it is unique.
	seedSites = 2000
)

// weight is ln LR of a match on value v of kind k seen on n of the background's
// sites: matchRate/f with f=(n+.5)/(N+1), never above the kind's own ratio and
// never below nothing.
func weight(k kind, n, sites int) float64 {
	f := (float64(n) + 0.5) / (float64(max(sites, seedSites)) + 1)
	lr := min(k.lr, matchRate/f)
	if lr <= 1 {
		return 0
	}
	return min(math.Log(lr), maxWeight)
}

// combine adds up one group: the largest weight and a damped rest, each side of
// zero on its own, so that a reason against is not lost behind a reason for.
func combine(ev []tracker.Evidence) float64 {
	var maxPos, sumPos, minNeg, sumNeg float64
	for _, e := range ev {
		if e.Weight > 0 {
			maxPos, sumPos = max(maxPos, e.Weight), sumPos+e.Weight
		} else {
			minNeg, sumNeg = min(minNeg, e.Weight), sumNeg+e.Weight
		}
	}
	pos := min(maxPos+damping*(sumPos-maxPos), maxWeight)
	neg := max(minNeg+damping*(sumNeg-minNeg), -maxWeight)
	return pos + neg
}

func logit(p float64) float64 { return math.Log(p / (1 - p)) }
