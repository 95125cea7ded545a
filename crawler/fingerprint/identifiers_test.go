package fingerprint

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/murmur3"

	"respawn/tracker"
)

// ids are the identifiers of an HTML page, as kind=value.
func ids(body string) []string {
	s := idSet{}
	s.fromDocument(parse([]byte(body)))
	var out []string
	for _, id := range s.sorted() {
		out = append(out, id.Kind+"="+id.Value)
	}
	return out
}

func TestIdentifiers(t *testing.T) {
	const eth, tron = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
	for _, tt := range []struct{ name, body, want string }{
		// Google Analytics: the account is the key, both quotes, nothing from text.
		{"UA is linked by account", `<script>ga('create', 'UA-994417702-1', 'auto')</script>`, "ga-ua=UA-994417702"},
		{"UA with double quotes", `<script>_gaq.push(["_setAccount","UA-99441770-12"])</script>`, "ga-ua=UA-99441770"},
		{"UA in a script address", `<script async src="https://www.googletagmanager.com/gtag/js?id=UA-99441770-3"></script>`, "ga-ua=UA-99441770"},
		{"UA in visible text is somebody's blog", `<p>our id was UA-99441770-1`, ""},
		{"UA without a property is none", `<script>x='UA-99441770'</script>`, ""},
		{"UA inside a longer token is none", `<script>x='FUA-99441770-1-2x'; y='AQUA-99441770-1'</script>`, ""},
		{"UA in a comment is none", `<!-- UA-99441770-1 -->`, ""},
		{"a placeholder is none", `<script>ga('create','UA-XXXXX-Y'); ga('create','UA-12345678-1')</script>`, ""},
		// GA4 and kin only where gtag says so.
		{"GA4 by config", `<script>gtag('config', 'G-9ZQ4X7KD21');</script>`, "ga4=G-9ZQ4X7KD21"},
		{"GA4 by address with letters", `<script src="https://www.googletagmanager.com/gtag/js?id=G-ABCDEFGHJK"></script>`, "ga4=G-ABCDEFGHJK"},
		{"a class is no GA4", `<div class='IMG-gallery1 G-ABCDEFGH12'></div><script>x="G-ABCDEFGH12"</script>`, ""},
		{"GT, AW and DC", `<script>gtag("config","GT-K8R2MPX");gtag('config','AW-987654321');gtag('config', 'DC-7654321')</script>`, "floodlight=DC-7654321 google-ads=AW-987654321 google-tag=GT-K8R2MPX"},
		{"a conversion keeps its account", `<script>gtag('config','AW-987654321/AbC-D')</script>`, "google-ads=AW-987654321"},
		{"GTM", `<script>(function(w,d,s,l,i){})(window,document,'script','dataLayer','GTM-K9X2ZQ7');</script>`, "gtm=GTM-K9X2ZQ7"},
		{"GTM in noscript", `<noscript><iframe src="https://www.googletagmanager.com/ns.html?id=GTM-ABC1234"></iframe></noscript>`, "gtm=GTM-ABC1234"},
		{"GTM in text", `<p>GTM-K9X2ZQ7</p>`, ""},
		// AdSense
		{"AdSense", `<script src="//pagead2.googlesyndication.com/pagead/js/adsbygoogle.js?client=ca-pub-9944177029944177"></script>`, "adsense=pub-9944177029944177"},
		{"AdSense of 15 digits is none", `<script>x="ca-pub-994417702994417"</script>`, ""},
		{"AdSense of 17 digits is none", `<script>x="ca-pub-99441770299441771"</script>`, ""},
		// Metrika: five to nine digits, all of them.
		{"Metrika of nine digits", `<script>ym(991204417, "init", {})</script>`, "metrika=991204417"},
		{"Metrika of five digits", `<script>ym( 54321 , 'init')</script>`, "metrika=54321"},
		{"Metrika pixel", `<noscript><div><img src="https://mc.yandex.ru/watch/99120441" /></div></noscript>`, "metrika=99120441"},
		{"Metrika of old", `<script>w.yaCounter9912044 = new Ya.Metrika({id:9912044})</script>`, "metrika=9912044"},
		{"a name that ends in ym is none", `<script>gym(99120441, 1); ym(1234)</script>`, ""},
		// Meta
		{"pixel with single quotes", `<script>fbq('init', '994417702994417');</script>`, "fb-pixel=994417702994417"},
		{"pixel with double quotes", `<script>fbq("init","994417702994417")</script>`, "fb-pixel=994417702994417"},
		{"pixel image", `<noscript><img src="https://www.facebook.com/tr?id=994417702994417&ev=PageView&noscript=1"></noscript>`, "fb-pixel=994417702994417"},
		{"pixel image, id not first", `<img src="https://www.facebook.com/tr?ev=PageView&amp;id=994417702994417">`, "fb-pixel=994417702994417"},
		{"fbq track is none", `<script>fbq('track', '994417702994417')</script>`, ""},
		// Matomo: host and site together.
		{"Matomo", `<script>var u="//stats.rrn.example/";_paq.push(['setTrackerUrl', u+'matomo.php']);_paq.push(['setSiteId', '7']);</script>`, "matomo=stats.rrn.example/7 tracking-host=stats.rrn.example"},
		{"Matomo in full", `<script>_paq.push(["setTrackerUrl","https://m.rrn.example/piwik.php"]);_paq.push(["setSiteId",12])</script>`, "matomo=m.rrn.example/12 tracking-host=m.rrn.example"},
		{"Matomo's cloud is everybody's host", `<script>var u="https://x.matomo.cloud/";_paq.push(['setTrackerUrl', u+'matomo.php']);_paq.push(['setSiteId','1'])</script>`, "matomo=x.matomo.cloud/1"},
		{"a site id without its host is none", `<script>_paq.push(['setSiteId', '1'])</script>`, ""},
		// the rest of the vendors
		{"VK", `<script>VK.Retargeting.Init("VK-RTRG-994417-gW3Xz")</script>`, "vk-rtrg=VK-RTRG-994417-gW3Xz"},
		{"VK cut off", `<script>x="VK-RTRG-994417-"</script>`, ""},
		{"TikTok", `<script>ttq.load('C9ABCDEFGHIJKLMNOPQR')</script>`, "tiktok=C9ABCDEFGHIJKLMNOPQR"},
		{"TikTok too short", `<script>ttq.load('C9ABC')</script>`, ""},
		{"Top.Mail.Ru", `<noscript><img src="https://top-fwz1.mail.ru/counter?id=9944177;js=na"></noscript>`, "topmailru=9944177"},
		{"Top.Mail.Ru by push", `<script>_tmr.push({id: "9944177", type: "pageView"})</script>`, "topmailru=9944177"},
		{"LiveInternet has no id", `<script>new Image().src="//counter.yadro.ru/hit?r"+escape(document.referrer)</script>`, ""},
		{"Cloudflare beacon", `<script defer src='https://static.cloudflareinsights.com/beacon.min.js' data-cf-beacon='{"token": "0123456789abcdef0123456789abcdef", "spa":false}'></script>`, "cf-beacon=0123456789abcdef0123456789abcdef"},
		{"Cloudflare beacon with entities", `<script data-cf-beacon="{&quot;token&quot;:&quot;0123456789abcdef0123456789abcdef&quot;}"></script>`, "cf-beacon=0123456789abcdef0123456789abcdef"},
		{"a short beacon is none", `<script data-cf-beacon='{"token":"0123"}'></script>`, ""},
		{"Hotjar", `<script>h._hjSettings={hjid:9944177,hjsv:6}</script>`, "hotjar=9944177"},
		{"Clarity by address", `<script src="https://www.clarity.ms/tag/abcd1234ef"></script>`, "clarity=abcd1234ef"},
		{"Clarity by snippet", `<script>(function(c,l,a,r,i){})(window, document, "clarity", "script", "abcd1234ef")</script>`, "clarity=abcd1234ef"},
		{"Disqus", `<script src="https://rrn-invented.disqus.com/embed.js"></script>`, "disqus=rrn-invented"},
		{"a link to Disqus is none", `<a href="https://disqus.com/by/someone">x</a>`, ""},
		{"OneSignal", `<script>OneSignal.init({ appId: "0f1e2d3c-aaaa-bbbb-cccc-0123456789ab" })</script>`, "onesignal=0f1e2d3c-aaaa-bbbb-cccc-0123456789ab"},
		{"another appId is none", `<script>x.init({ appId: "0f1e2d3c-aaaa-bbbb-cccc-0123456789ab" })</script>`, ""},
		{"Umami", `<script defer src="https://stats.rrn.example/script.js" data-website-id="94db1cb1-74f4-4a40-ad6c-962362670409"></script>`, "umami=94db1cb1-74f4-4a40-ad6c-962362670409"},
		{"a website id of something else", `<div data-website-id="94db1cb1-74f4-4a40-ad6c-962362670409"></div><script data-website-id="7"></script>`, ""},
		{"Fathom", `<script src="https://cdn.usefathom.com/script.js" data-spa="auto" data-site="ABCDEFGH" defer></script>`, "fathom=ABCDEFGH"},
		{"another script's site", `<script src="https://x.example/a.js" data-site="ABCDEFGH"></script>`, ""},
		{"GoatCounter", `<script data-goatcounter="https://rrninv.goatcounter.com/count" async src="//gc.zgo.at/count.js"></script>`, "goatcounter=rrninv"},
		{"Histats", `<script>var _Hasync= _Hasync|| [];_Hasync.push(['Histats.start', '1,4821234,4,0,0,0,00010000']);</script><noscript><img src="//sstatic1.histats.com/0.gif?4821234&101"></noscript>`, "histats=4821234"},
		{"StatCounter", `<script>var sc_project=12345670; var sc_invisible=1;</script><noscript><img src="https://c.statcounter.com/12345670/0/aabbcc/1/"></noscript>`, "statcounter=12345670"},
		{"Rambler Top100", `<script>(function(w,d,c){(w[c]=w[c]||[]).push(function(){w.top100Counter=new top100({project: 7712345})})})(window,document,"_top100q")</script><noscript><img src="//counter.rambler.ru/top100.cnt?pid=7712345"></noscript>`, "top100=7712345"},
		{"Gemius", `<script>var pp_gemius_identifier = 'bQ2Q1z3Cm.abcdefghijklmnopqrstuvwx12345.D7';</script>`, "gemius=bQ2Q1z3Cm.abcdefghijklmnopqrstuvwx12345.D7"},
		{"Piwik PRO", `<script>(function(window, document, dataLayerName, id) {})(window, document, 'dataLayer', '94db1cb1-74f4-4a40-ad6c-962362670409'); s.src="https://rrn.containers.piwik.pro/"+id+".js"</script>`, "piwik-pro=94db1cb1-74f4-4a40-ad6c-962362670409"},
		{"Piwik PRO, and a UUID of something else in its script", `<script>var cfg={release:"11111111-74f4-4a40-ad6c-962362670409"};(function(w,d,l,i){t.src="https://rrn.containers.piwik.pro/"+i+".js"})(window,document,"dataLayer","94db1cb1-74f4-4a40-ad6c-962362670409");fetch("/a",{id:'22222222-74f4-4a40-ad6c-962362670409'})</script>`, "piwik-pro=94db1cb1-74f4-4a40-ad6c-962362670409"},
		{"a script that names Piwik PRO and has UUIDs of its own", `<script>window.consent={vendor:"https://piwik.pro/privacy",build:"11111111-74f4-4a40-ad6c-962362670409",list:["22222222-74f4-4a40-ad6c-962362670409"]};load(a,b,"33333333-74f4-4a40-ad6c-962362670409")</script>`, ""},
		{"Piwik PRO with the tag's name before the layer's", `<script>(function(a,b,s,l,i){t.src="//rrn.containers.piwik.pro/"+i+".js"})(window, document, 'script', 'dataLayer', '94db1cb1-74f4-4a40-ad6c-962362670409')</script>`, "piwik-pro=94db1cb1-74f4-4a40-ad6c-962362670409"},
		{"Piwik PRO by its library", `<script>P.initialize("94db1cb1-74f4-4a40-ad6c-962362670409","https://rrn.containers.piwik.pro")</script>`, "piwik-pro=94db1cb1-74f4-4a40-ad6c-962362670409"},
		{"Piwik PRO without scripts", `<noscript><iframe src="//rrn.containers.piwik.pro/94db1cb1-74f4-4a40-ad6c-962362670409/noscript.html"></iframe></noscript>`, "piwik-pro=94db1cb1-74f4-4a40-ad6c-962362670409"},
		{"Piwik PRO, its tracker alone", `<script>_paq.push(["setTrackerUrl","https://rrn.piwik.pro/ppms.php"]);_paq.push(["setSiteId","94db1cb1-74f4-4a40-ad6c-962362670409"])</script>`, "piwik-pro=94db1cb1-74f4-4a40-ad6c-962362670409"},
		{"Jetpack", `<script>_stq = window._stq || [];_stq.push([ 'view', {v:'ext',blog:'199417702',post:'0',tz:'1'} ]);</script>`, "jetpack=199417702"},
		{"a pixel of X", `<script>twq('config','o8abc');</script>`, "x-pixel=o8abc"},
		{"LinkedIn", `<script>_linkedin_partner_id = "1994177";</script>`, "linkedin-tag=1994177"},
		{"Snap, Pinterest, Reddit", `<script>snaptr('init', '94db1cb1-74f4-4a40-ad6c-962362670409');pintrk('load', '2612345678901');rdt('init','t2_abc12de')</script>`, "pinterest-tag=2612345678901 reddit-pixel=t2_abc12de snap-pixel=94db1cb1-74f4-4a40-ad6c-962362670409"},
		{"UET", `<script>(function(w,d,t,r,u){var f,n,i;w[u]=w[u]||[],f=function(){var o={ti:"99417702"};}})(window,document,"script","//bat.bing.com/bat.js","uetq");</script>`, "bing-uet=99417702"},
		{"Yandex advertising", `<script>Ya.Context.AdvManager.render({"blockId": "R-A-994177-3","renderTo": "x"})</script>`, "yandex-rtb=R-A-994177"},
		{"Taboola", `<script>!function(e,f,u,i){}(document.createElement('script'),document.getElementsByTagName('script')[0],'//cdn.taboola.com/libtrc/rrn-network/loader.js','tb_loader_script');</script>`, "taboola=rrn-network"},
		{"Quantcast, Chartbeat, comScore", `<script>_qevents.push({qacct:"p-A1b2C3d4E5f6G"}); var _sf_async_config={}; _sf_async_config.uid = 65432; _comscore.push({ c1: "2", c2: "6035123" });</script>`, "chartbeat=65432 comscore=6035123 quantcast=p-A1b2C3d4E5f6G"},
		{"a captcha", `<div class="g-recaptcha" data-sitekey="6LcAbCdEfGhIjKlMnOpQrStUvWxYz0123456789x"></div>`, "captcha-key=6LcAbCdEfGhIjKlMnOpQrStUvWxYz0123456789x"},
		{"Sentry", `<script>Sentry.init({dsn: "https://0123456789abcdef0123456789abcdef@o99.ingest.sentry.io/4501"})</script>`, "sentry=0123456789abcdef0123456789abcdef"},
		{"a key of Google's", `<script src="https://maps.googleapis.com/maps/api/js?key=AIzaSyAbCdEfGhIjKlMnOpQrStUvWxYz0123456"></script>`, "google-api-key=AIzaSyAbCdEfGhIjKlMnOpQrStUvWxYz0123456"},
		{"a search of Google's", `<script async src="https://cse.google.com/cse.js?cx=0123456789abcdefa"></script>`, "google-cse=0123456789abcdefa"},
		{"chats", `<script>s1.src='https://embed.tawk.to/5f1e2d3caaaabbbbcccc0123/default';window.CRISP_WEBSITE_ID="94db1cb1-74f4-4a40-ad6c-962362670409";</script><script src="//code.jivo.ru/widget/AbCdEf1234" async></script>`, "crisp=94db1cb1-74f4-4a40-ad6c-962362670409 jivo=AbCdEf1234 tawk=5f1e2d3caaaabbbbcccc0123"},
		{"a newsletter and a button", `<form action="https://rrn.us7.list-manage.com/subscribe/post?u=0123456789abcdef012345678&amp;id=1"></form><a href="https://www.paypal.com/donate/?hosted_button_id=ABCDEF12345GH">give</a>`, "mailchimp=0123456789abcdef012345678 paypal-button=ABCDEF12345GH"},
		// metas: attribute order is free
		{"verification", `<meta content="tOkEn_1-x" name="google-site-verification"><meta name=yandex-verification content=aabbccdd>`, "google-site-verification=tOkEn_1-x yandex-verification=aabbccdd"},
		{"more verification", `<META NAME="msvalidate.01" CONTENT="ABCDEF"><meta property="fb:app_id" content="9944177"><meta property="fb:pages" content="11, 22"><meta name="p:domain_verify" content="pp"><meta name="facebook-domain-verification" content="ff">`,
			"facebook-domain-verification=ff fb-app=9944177 fb-pages=11 fb-pages=22 msvalidate=ABCDEF pinterest-verification=pp"},
		{"a description is none", `<meta name="description" content="google-site-verification">`, ""},
		// in every dress
		{"backticks of a minifier", "<script>gtag(`config`,`G-9ZQ4X7KD21`);fbq(`init`,`994417702994417`)</script>", "fb-pixel=994417702994417 ga4=G-9ZQ4X7KD21"},
		{"code in a string of code", `<script>self.__next_f.push([1,"gtag(\"config\",\"G-9ZQ4X7KD21\");fbq(\"init\", \"994417702994417\")"])</script>`, "fb-pixel=994417702994417 ga4=G-9ZQ4X7KD21"},
		{"a pixel without quotes", `<script>fbq('init', 994417702994417)</script>`, "fb-pixel=994417702994417"},
		{"held back until consent", `<script type="text/plain" data-cookieconsent="statistics" data-src="https://www.googletagmanager.com/gtag/js?id=G-9ZQ4X7KD21"></script><script type="text/plain">ym(99120441,'init')</script>`, "ga4=G-9ZQ4X7KD21 metrika=99120441"},
		{"in a handler, with entities", `<a onclick="ga(&#39;create&#39;, &quot;UA-99441770-1&quot;)">x</a>`, "ga-ua=UA-99441770"},
		{"Metrika by tag.js", `<script src="https://mc.yandex.ru/metrika/tag.js?id=99120441"></script>`, "metrika=99120441"},
		{"Metrika two", `<script>w.c=new Ya.Metrika2({id:99120441,clickmap:true})</script>`, "metrika=99120441"},
		{"commented out in HTML", `<!-- <script>ga('create','UA-99441770-1')</script> -->`, ""},
		{"commented out in code", `<script>// gtag('config','G-9ZQ4X7KD21')` + "\n" + `/* ga('create','UA-99441770-1') */</script>`, "ga-ua=UA-99441770 ga4=G-9ZQ4X7KD21"},
		{"an article in JSON-LD that tells of an id", `<script type="application/ld+json">{"@type":"NewsArticle","articleBody":"The sites share UA-99441770-1 and GTM-K9X2ZQ7"}</script>`, ""},
		{"a Ukrainian tender is no account", `<script>x={tender:"UA-2024-10-15-001234-a"}</script>`, ""},
		{"an id at the end of the code", `<script>var id="UA-99441770-1"; x = UA-99441770-2</script>`, "ga-ua=UA-99441770"},
		// contacts
		{"mail", `<a href="mailto:Desk%40RRN.example?subject=x">write</a><p>or redaktion@rrn.example.`, "email=desk@rrn.example email=redaktion@rrn.example"},
		{"mail hidden by Cloudflare", `<a class="__cf_email__" data-cfemail="543d3a323b142626377a312c35392438317a">x</a>`, ""},
		{"a picture is no mail", `<p>logo@2x.png`, ""},
		{"handles", `<a href="https://t.me/rrn_invented">T</a><a href="https://vk.com/Rrn.Invented?w=1">V</a><a href=//twitter.com/@RRN_inv>X</a><a href="https://www.facebook.com/profile.php?id=10009944177">F</a>`, "facebook=10009944177 telegram=rrn_invented vk=rrn.invented x=rrn_inv"},
		{"share buttons are none", `<a href="https://t.me/share/url?url=x">T</a><a href="https://vk.com/share.php?url=x">V</a><a href="https://twitter.com/intent/tweet?x">X</a><a href="https://www.facebook.com/sharer/sharer.php?u=x">F</a>`, ""},
		{"a channel's web view and an invitation", `<a href="https://t.me/s/Rrn_Invented/12">T</a><a href="https://t.me/+AbCdEf123">I</a><a href="https://t.me/joinchat/XyZ">J</a>`, "telegram=+AbCdEf123 telegram=+XyZ telegram=rrn_invented"},
		{"YouTube", `<a href="https://www.youtube.com/channel/UCabcDEF">Y</a><a href="https://youtube.com/@RrnTv">Z</a><a href="https://www.youtube.com/watch?v=1">W</a>`, "youtube=UCabcDEF youtube=rrntv"},
		{"channels of BitChute: a code keeps its case, a name has none", `<a href="https://www.bitchute.com/channel/OuBfw7UlvP2n/">a</a><a href="https://www.bitchute.com/channel/oUbfw7ulvp2N">b</a><a href="https://www.bitchute.com/channel/RrnTv/">c</a><a href="https://www.bitchute.com/channel/rrntv/">d</a>`,
			"bitchute=OuBfw7UlvP2n bitchute=oUbfw7ulvp2N bitchute=rrntv"},
		{"what is no channel of BitChute", `<a href="https://www.bitchute.com/video/OuBfw7UlvP2n/">v</a><a href="https://www.bitchute.com/profile/OuBfw7UlvP2n/">p</a><a href="https://www.bitchute.com/channel/">c</a><a href="https://www.bitchute.com/help-us-grow/">h</a>`, ""},
		{"more handles", `<a href="https://www.patreon.com/RrnInv">P</a><a href="https://rumble.com/c/RrnTv">R</a><a href="https://rumble.com/v1abc-x.html">v</a><a href="https://odysee.com/@RrnTv:4">O</a><a href="https://www.bitchute.com/channel/RrnTv/">B</a><a href="https://discord.gg/AbCdEf1">D</a><a href="https://discord.com/channels/1/2">d</a><a href="https://bsky.app/profile/rrn.bsky.social">S</a><a href="https://whatsapp.com/channel/0029VaAbCdEfGhIjKlMnOp">W</a><a href="https://paypal.me/RrnInv">G</a><a href="https://truthsocial.com/@RrnInv">T</a>`,
			"bitchute=rrntv bluesky=rrn.bsky.social discord=AbCdEf1 odysee=rrntv patreon=rrninv paypal=rrninv rumble=rrntv truthsocial=rrninv whatsapp-channel=0029VaAbCdEfGhIjKlMnOp"},
		{"phone", `<a href="tel:+49%20(30)%20123-4567">c</a><a href="tel:110">p</a>`, "phone=+49301234567"},
		{"a chat is opened with a telephone number", `<a href="https://wa.me/447911123987?text=hi">W</a><a href="https://api.whatsapp.com/send?phone=%2B49%2030%201234567&text=x">A</a><a href="whatsapp://send?phone=0033612345678">S</a>`, "phone=+33612345678 phone=+447911123987 phone=+49301234567"},
		{"the same number by link and by chat is one", `<a href="tel:+44 7911 123987">c</a><a href="https://wa.me/447911123987">w</a>`, "phone=+447911123987"},
		{"a chat without a number", `<a href="https://wa.me/message/ABCDEF1234">m</a><a href="https://api.whatsapp.com/send?text=look">s</a><a href="https://wa.me/">h</a><a href="https://notwa.me/447911123987">n</a>`, ""},
		// wallets: the checksum decides
		{"bitcoin in a page", `<p>Donate: 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa, thanks</p>`, "btc=1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"},
		{"bitcoin with one wrong letter", `<p>1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb</p>`, ""},
		{"bitcoin P2SH", `<p>3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy</p>`, "btc=3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"},
		{"bech32", `<p>BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4</p>`, "btc=bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
		{"bech32m", `<p>bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0</p>`, "btc=bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"},
		{"bech32 with one wrong letter", `<p>bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5</p>`, ""},
		{"ether", `<p>` + eth + `</p>`, "eth=" + eth},
		{"ether without a checksum", `<p>` + strings.ToLower(eth) + `</p>`, ""},
		{"ether with one wrong case", `<p>0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed</p>`, ""},
		{"tron", `<p>` + tron + `</p>`, "tron=" + tron},
		{"tron with one wrong letter", `<p>TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6u</p>`, ""},
		{"monero", `<p>888tNkZrPN6JsEgekjMnABU4TBzc2Dt29EPAvkRxbANsAnjyPbb3iQ1YBRk1UXcdRsiKc9dhwMVgN5S9cQUiyoogDavup3H</p>`, "xmr=888tNkZrPN6JsEgekjMnABU4TBzc2Dt29EPAvkRxbANsAnjyPbb3iQ1YBRk1UXcdRsiKc9dhwMVgN5S9cQUiyoogDavup3H"},
		{"monero with one wrong letter", `<p>888tNkZrPN6JsEgekjMnABU4TBzc2Dt29EPAvkRxbANsAnjyPbb3iQ1YBRk1UXcdRsiKc9dhwMVgN5S9cQUiyoogDavup3J</p>`, ""},
		{"a payment link", `<a href="bitcoin:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa?amount=1">pay</a>`, "btc=1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"},
	} {
		if tt.name == "mail hidden by Cloudflare" { // made here, so that the key is tried
			var b strings.Builder
			key := byte(0x54)
			fmt.Fprintf(&b, "%02x", key)
			for _, c := range []byte("hidden@rrn.example") {
				fmt.Fprintf(&b, "%02x", c^key)
			}
			tt.body, tt.want = `<a class="__cf_email__" data-cfemail="`+b.String()+`">[email&#160;protected]</a>`, "email=hidden@rrn.example"
		}
		if got := strings.Join(ids(tt.body), " "); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func TestAdsTxt(t *testing.T) {
	s := idSet{}
	s.fromAdsTxt("oldmillcourier.org", []byte("# us\r\ngoogle.com, pub-9944177029944177, DIRECT, f08c47fec0942fa0\nGoogle.com,pub-9944177029944178,RESELLER,f08\nappnexus.com, pub-9944177029944179, DIRECT\ngoogle.com, ca-pub-9944177029944176 , direct # note\n"))
	var got []string
	for _, id := range s.sorted() {
		got = append(got, id.Value)
	}
	if want := []string{"pub-9944177029944176", "pub-9944177029944177"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestFaviconHash(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for in, want := range map[string]int32{"": 0, "hello": 613153351, "foo": -156908512} {
		if got := int32(murmur3.Sum32([]byte(in))); got != want {
			t.Errorf("mmh3 of %q: %d", in, got)
		}
	}
	// this is the vector that tells wrapped base64 from unwrapped
	if got := FaviconHash(all); got != -757223386 {
		t.Errorf("bytes 0..255: %d", got)
	}
	if got := FaviconHash(nil); got != 0 {
		t.Errorf("no icon: %d", got)
	}
}

func TestHHHash(t *testing.T) {
	got := HHHash([]tracker.HeaderField{{Name: "Date"}, {Name: "Server"}, {Name: "Content-Type"}})
	if !strings.HasPrefix(got, "hhh:1:0156ac43") || !strings.HasSuffix(got, "c242e5") {
		t.Errorf("%s", got)
	}
}

// TestAdsTxtOfASalesHouse: a direct account in a file that somebody else manages, or
// whose owner is another domain, is theirs; the page shows the same account.
func TestAdsTxtOfASalesHouse(t *testing.T) {
	const line = "google.com, pub-9944177029944177, DIRECT, f08c47fec0942fa0\n"
	for _, tt := range []struct{ name, body, want string }{
		{"no word of an owner", line, "adsense=pub-9944177029944177"},
		{"the owner is the site", "OWNERDOMAIN=oldmillcourier.org\n" + line, "adsense=pub-9944177029944177"},
		{"the owner is another domain", line + "ownerdomain = millmedia.example.com # us\n", "adsense-house=pub-9944177029944177"},
		{"a manager", line + "MANAGERDOMAIN=adhouse.com, DE\n", "adsense-house=pub-9944177029944177"},
		{"the site manages itself", "MANAGERDOMAIN=www.oldmillcourier.org\n" + line, "adsense=pub-9944177029944177"},
		{"a manager that is no domain", "MANAGERDOMAIN=\n" + line, "adsense=pub-9944177029944177"},
		{"another variable", "CONTACT=ads@adhouse.com\nSUBDOMAIN=x.adhouse.com\n" + line, "adsense=pub-9944177029944177"},
	} {
		s := idSet{}
		s.add(KindAdSense, "pub-9944177029944177", "script")
		s.fromAdsTxt("www.oldmillcourier.org", []byte(tt.body))
		var got []string
		for _, id := range s.sorted() {
			got = append(got, id.Kind+"="+id.Value)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, got, tt.want)
		}
	}
}
