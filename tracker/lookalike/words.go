package lookalike

import "strings"

// affixes are words that campaigns put before or behind a brand, from published
// lists of imposter sites; most worn first.
var affixes = strings.Fields(`news press media daily today live online 24 info tv post times the my real true breaking world
	global international edition hub report reports now web site blog portal journal magazine digital plus extra express updates
	update latest headlines hd channel network radio video pro official new free alt mirror archive back reloaded next go app club
	team group politics policy sport sports business world-news worldstar insider watch wire star herald tribune gazette zeitung
	nachrichten aktuell heute presse infos actu actus actualites journal-de le la der die das el il`)

// codes are countries and languages as they stand in names of sites.
var codes = strings.Fields(`de fr en us uk es it pl ru ua eu at ch be nl pt br se no fi dk cz sk hu ro bg gr tr il ir ar cn jp kr
	in mx ca au lv lt ee rs hr si al mk ba me md ge am az by kz gb int usa eng deu fra esp rus ukr ger zh ja ko he fa hi sr sq
	cy ie za ng eg sa ae sy iq lb en-us en-gb gov`)

// countries are the words that stand as subdomains of campaign names.
var countries = strings.Fields(`albania armenia australia austria azerbaijan belarus belgium bosnia brazil bulgaria canada china
	croatia cyprus czechia denmark egypt england estonia finland france georgia germany greece hungary iceland india iran iraq
	ireland israel italy japan korea latvia lebanon lithuania luxembourg malta mexico moldova mongolia montenegro netherlands
	north-macedonia norway poland portugal romania russia serbia slovakia slovenia spain sweden switzerland syria taiwan turkey
	ukraine uk usa vietnam africa arabic spanish english german french polish italian russian asia europe world deutsch francais
	espanol italiano polski news www2 m mobile`)

// trades are what English papers are called, and what goes for a word of theirs.
var trades = strings.Fields(`advocate argus bulletin chronicle courier daily digest dispatch echo examiner express focus forum gazette
	guardian herald independent insider inquirer journal ledger mail messenger mirror monitor news observer outlook patriot post
	press pulse record register report reporter review sentinel signal standard star telegram telegraph times tribune truth
	voice watch weekly wire`)
