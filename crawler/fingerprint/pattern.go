package fingerprint

import (
	"regexp"
	"strings"
)

// A pattern finds one kind of identifier in code: inline scripts, noscript
// bodies, event handlers and the addresses of scripts, frames and images; never
// in visible text. hint must occur in the code for the expression to be tried.
type pattern struct {
	kind string
	hint string
	re   *regexp.Regexp // group 1 is the value
}

// quoted compiles an expression in which ["'] stands for what may enclose a string
// in code: either quote, a backtick (minifiers write them), or a quote with a
// backslash, as in code that lies in a string itself.
func quoted(expr string) *regexp.Regexp {
	return regexp.MustCompile(strings.ReplaceAll(expr, `["']`, "(?:\\\\?[\"'`])"))
}

// patterns are the identifiers of the vendors' own snippets. Both quotes and
// escaped slashes are allowed; anchors are word boundaries, so that an id in the
// middle of a longer token is none (UA-2024-10-15-001234 is a Ukrainian tender). Code
// that is commented out inside a script counts: whoever left it there wrote the page.
// Comments of HTML do not, for a theme's author leaves examples in them; nor does
// JSON-LD, which is what the page says and not what it does.
var patterns = []pattern{
	{KindGA, "UA-", quoted(`\b(UA-\d{4,10})-\d{1,4}(?:[^\w-]|$)`)},
	{KindGTM, "GTM-", quoted(`\b(GTM-[A-Z0-9]{4,9})\b`)},
	{"", "gtag/js", quoted(`gtag/js\?(?:[^"'\s]*&(?:amp;)?)?id=((?:G|GT|AW|DC)-[A-Z0-9]{6,12})\b`)},
	{"", "gtag", quoted(`gtag\(\s*["']config["']\s*,\s*["']((?:G|GT|AW|DC)-[A-Z0-9]{6,12})\b`)},
	{KindAdSense, "pub-", quoted(`\b(?:ca-)?(pub-\d{16})\b`)},
	{KindMetrika, "ym(", quoted(`\bym\(\s*["']?(\d{5,9})["']?\s*,`)},
	{KindMetrika, "mc.yandex.", quoted(`mc\.yandex\.[a-z]{2,3}\\?/\w+\\?/(\d{5,9})\b`)},
	{KindMetrika, "mc.yandex.", quoted(`mc\.yandex\.[a-z]{2,3}\\?/metrika\\?/tag\.js\?(?:[^"'\s]*&(?:amp;)?)?id=(\d{5,9})\b`)},
	{KindMetrika, "Ya.Metrika", quoted(`\bYa\.Metrika2?\(\s*\{\s*["']?id["']?\s*:\s*["']?(\d{5,9})\b`)},
	{KindMetrika, "yaCounter", quoted(`\byaCounter(\d{5,9})\b`)},
	{KindFBPixel, "fbq(", quoted(`\bfbq\(\s*["']init["']\s*,\s*["']?(\d{10,17})\b`)},
	{KindFBPixel, "facebook.com", quoted(`facebook\.com\\?/tr\\?/?\?(?:[^"'\s]*&(?:amp;)?)?id=(\d{10,17})\b`)},
	{KindVK, "VK-RTRG-", quoted(`\b(VK-RTRG-\d+-[A-Za-z0-9]+)\b`)},
	{KindTikTok, "ttq.load", quoted(`\bttq\.load\(\s*["']([A-Z0-9]{18,22})["']`)},
	{KindTopMail, "mail.ru", quoted(`top-fwz1\.mail\.ru\\?/(?:counter|js\\?/code\.js)\?(?:[^"'\s]*;)?id=(\d{4,10})\b`)},
	{KindTopMail, "_tmr", quoted(`_tmr\.push\(\s*\{\s*["']?id["']?\s*:\s*["']?(\d{4,10})\b`)},
	{KindCFBeacon, "cf-beacon", quoted(`data-cf-beacon=['"]\{[^}]*"token"\s*:\s*"([0-9a-f]{32})"`)},
	{KindHotjar, "hjid", quoted(`\bhjid\s*:\s*(\d{5,8})\b`)},
	{KindClarity, "clarity", quoted(`clarity\.ms\\?/tag\\?/([a-z0-9]{8,12})\b`)},
	{KindClarity, `"clarity"`, quoted(`["']clarity["']\s*,\s*["']script["']\s*,\s*["']([a-z0-9]{8,12})["']`)},
	{KindDisqus, "disqus", quoted(`([a-z0-9-]{2,64})\.disqus\.com\\?/embed\.js`)},
	{KindDisqus, "disqus_shortname", quoted(`\bdisqus_shortname\s*=\s*["']([a-z0-9-]{2,64})["']`)},
	{KindUmami, "data-website-id", quoted(`data-website-id="([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"`)},
	{KindFathom, "usefathom.com", quoted(`usefathom\.com\S*[^\n]* data-site="([A-Z]{8})"`)},
	{KindGoatCounter, "goatcounter", quoted(`https?:(?:\\?/){2}([a-z0-9-]{2,63})\.goatcounter\.com\\?/count\b`)},
	{KindHistats, "Histats.start", quoted(`Histats\.start["']\s*,\s*["']1,(\d{5,9}),`)},
	{KindHistats, "histats.com", quoted(`histats\.com\\?/0\.gif\?(\d{5,9})\b`)},
	{KindHistats, "Histats.start(", quoted(`\bHistats\.start\(\s*1\s*,\s*(\d{5,9})\s*,`)},
	{KindStatCounter, "sc_project", quoted(`\bsc_project\s*=\s*["']?(\d{5,9})\b`)},
	{KindStatCounter, "statcounter.com", quoted(`\bc\.statcounter\.com\\?/(\d{5,9})\\?/`)},
	{KindTop100, "top100", quoted(`top100\.cnt\?(?:[^"'\s]*&(?:amp;)?)?pid=(\d{5,9})\b`)},
	{KindTop100, "top100", quoted(`_top100q\.push\(\s*\[\s*["']setAccount["']\s*,\s*["']?(\d{5,9})\b`)},
	{KindTop100, "_top100q", quoted(`\bproject["']?\s*:\s*["']?(\d{5,9})\b`)},
	{KindGemius, "gemius_identifier", quoted(`\b(?:pp_)?gemius_identifier\s*=\s*["']([A-Za-z0-9_.]{30,64})["']`)},
	// What the container is called with, (window, document, 'dataLayer', id), by hand or
	// by the vendor's library, and its address; a page of that vendor's has other UUIDs, too.
	{KindPiwikPro, "piwik.pro", quoted(`\(\s*[a-zA-Z_$][\w$.]*\s*,\s*[a-zA-Z_$][\w$.]*\s*(?:,\s*["'][\w$-]{1,40}["']\s*){1,2},\s*["']([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})["']\s*\)`)},
	{KindPiwikPro, "piwik.pro", quoted(`\binitialize\(\s*["']([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})["']\s*,\s*["'](?:https?:)?(?:\\?/){2}[\w.-]{1,80}\bpiwik\.pro\b`)},
	{KindPiwikPro, "piwik.pro", quoted(`\bpiwik\.pro\\?/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:(?:\.sync)?\.js|\\?/noscript\.html)\b`)},
	{KindPiwikPro, "setSiteId", quoted(`\bsetSiteId["']\s*,\s*["']([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})["']`)}, // Matomo counts its sites in numbers
	{KindJetpack, "_stq", quoted(`\bblog["']?\s*:\s*["'](\d{5,12})["']`)},
	{KindXPixel, "twq(", quoted(`\btwq\(\s*["'](?:init|config)["']\s*,\s*["']([a-z0-9]{5,8})["']`)},
	{KindLinkedInTag, "_linkedin_partner_id", quoted(`_linkedin_partner_id\s*=\s*["'](\d{5,9})["']`)},
	{KindSnapPixel, "snaptr(", quoted(`\bsnaptr\(\s*["']init["']\s*,\s*["']([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})["']`)},
	{KindPinterestTag, "pintrk(", quoted(`\bpintrk\(\s*["']load["']\s*,\s*["'](\d{12,14})["']`)},
	{KindRedditPixel, "rdt(", quoted(`\brdt\(\s*["']init["']\s*,\s*["']((?:t2|a2)_[a-z0-9]{4,16})["']`)},
	{KindUET, "bat.bing.com", quoted(`\bti["']?\s*:\s*["'](\d{7,12})["']`)},
	{KindYandexRTB, "R-A-", quoted(`\b(R-A-\d{4,9})-\d{1,4}\b`)},
	{KindTaboola, "taboola.com", quoted(`taboola\.com\\?/libtrc\\?/([a-z0-9_.-]{2,64})\\?/loader\.js`)},
	{KindQuantcast, "qacct", quoted(`\bqacct["']?\s*:\s*["'](p-[A-Za-z0-9_-]{10,16})["']`)},
	{KindChartbeat, "_sf_async_config", quoted(`\buid["']?\s*[=:]\s*["']?(\d{4,7})\b`)},
	{KindComscore, "_comscore", quoted(`\bc2["']?\s*:\s*["'](\d{5,9})["']`)},
	{KindCaptcha, "data-sitekey", quoted(`data-sitekey="(6L[A-Za-z0-9_-]{38}|0x4[A-Za-z0-9_-]{18,22}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"`)},
	{KindCaptcha, "recaptcha/", quoted(`recaptcha\\?/(?:api|enterprise)\.js\?(?:[^"'\s]*&(?:amp;)?)?render=(6L[A-Za-z0-9_-]{38})`)},
	{KindSentry, "sentry.io", quoted(`https:(?:\\?/){2}([0-9a-f]{32})@[a-z0-9.]{1,60}\bsentry\.io\\?/\d`)},
	{KindGoogleKey, "AIza", quoted(`\b(AIza[A-Za-z0-9_-]{35})(?:[^A-Za-z0-9_-]|$)`)},
	{KindGoogleCSE, "cse.google.", quoted(`cse\.google\.[a-z.]{2,6}\\?/cse(?:\.js)?\?(?:[^"'\s]*&(?:amp;)?)?cx=([0-9a-z:_-]{10,60})`)},
	{KindTawk, "tawk.to", quoted(`embed\.tawk\.to\\?/([0-9a-f]{24})\b`)},
	{KindCrisp, "CRISP_WEBSITE_ID", quoted(`CRISP_WEBSITE_ID\s*=\s*["']([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})["']`)},
	{KindJivo, "jivo", quoted(`code\.jivo(?:site)?\.[a-z]{2,3}\\?/(?:script\\?/)?widget\\?/([A-Za-z0-9]{8,12})\b`)},
	{KindPayPalButton, "hosted_button_id", quoted(`hosted_button_id=([A-Z0-9]{10,16})\b`)},
	{KindMailchimp, "list-manage", quoted(`list-manage\d*\.com\\?/subscribe(?:\\?/post(?:-json)?)?\?(?:[^"'\s]*&(?:amp;)?)?u=([0-9a-f]{25})\b`)},
	{KindOneSignal, "appId", quoted(`\bappId["']?\s*:\s*["']([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})["']`)},
}

var (
	matomoURL   = quoted(`setTrackerUrl["']\s*,\s*(?:(?:u|\w{1,3})\s*\+\s*)?["']([^"']+)["']`)
	matomoSite  = quoted(`setSiteId["']\s*,\s*["']?(\d{1,6})\b`)
	matomoU     = quoted(`\bvar\s+u\s*=\s*(?:\(\([^)]*\)\s*\?\s*["'][^"']*["']\s*:\s*["'][^"']*["']\)\s*\+\s*)?["']([^"']+)["']`)
	cfToken     = regexp.MustCompile(`"token"\s*:\s*"([0-9a-f]{32})"`)
	oneSignalOK = []byte("OneSignal")
)
