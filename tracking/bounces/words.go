package bounces

import (
	"regexp"
	"strings"
)

// who are the words by which servers name the one who isn't there.
const who = `(?:users?|recipients?|mailbox(?:es)?|mail ?box|mail-?drop|accounts?|(?:e-?mail |mail |recipient |destination )?address(?:es)?|addressee|inbox|customer|subscriber|person|alias|local[- ]?part|user ?name|login|list|name|@)`

// textRules are tried in their order: what is about the sender first, because
// such texts speak of addresses that don't exist too; then what passes; then
// who is unknown; and what refuses us last, in words that occur anywhere.
var textRules = []rule{
	{Ours, "sender refused", words(
		`sender (?:e-?mail |mail |domain |address |envelope )*(?:rejected|refused|invalid|is invalid|unknown|not found|does not|verify|verification|must|denied|unverified)`,
		`(?:domain|host) (?:part )?of (?:the |your )?sender`, `(?:not|n't) accept(?:ing)? (?:any )?(?:e-?)?mails? from`,
		`(?:invalid|bad|unknown|unverifiable|unresolvable|unroutable|unrouteable|malformed|forged|no such) (?:envelope )?sender`,
		`sender(?:'s)? (?:domain|address|verify|mx)`, `from address(?:es)? (?:is|are|not|does)`,
		`mail from[: ]+(?:@ )?(?:domain|address|not|denied|rejected|does not)`,
		`your (?:e-?mail )?(?:domain|address) (?:does not|doesn't|is not|cannot|could not|name is|has no|must|not)`,
		`return(?:-| )path (?:is|does|not|domain)`, `(?:cannot|can't|unable to) (?:resolve|verify) (?:your|the sender)`,
		`purported responsible address`, `\bfrom: domain`, `(?:in|for|of) (?:the )?sender\b`, `does not match (?:the )?(?:from|sender|envelope)`,
		`fully[- ]qualified (?:sender|hostname)`, `envelope from`)},
	{Block, "authentication", words(
		`\b(?:spf|dkim|dmarc|sender ?id|arc)\b`,
		`authenticat(?:ion|ed|e) (?:is )?(?:required|failed|failure|needed|check|credentials|unsuccessful)`, `unauthenticated`,
		`client was not authenticated`,
		`not authenticated`, `sender policy framework`, `smtp auth`, `authentication (?:results|error)`, `must authenticate`, `permission denied`,
		`requires? (?:starttls|encryption|tls)`)},
	{Block, "no reverse name", words(
		`\bptr\b`, `\brdns\b`, `reverse[- ](?:dns|lookup|name|address|hostname|ip)`, `dns reverse`,
		`(?:client|sending|connecting|your) (?:host(?:name)?|ip|address|server)(?: name)?[^.;]{0,60}(?:not found|no valid|cannot be resolved|resolve|does not have|unresolv|lookup)`,
		`cannot find your (?:reverse )?hostname`, `ip name lookup`, `(?:invalid|bad|your|bogus|illegal|wrong|forged|numeric) (?:helo|ehlo)\b`, `\b(?:helo|ehlo)\b[^.;>]{0,30}(?:reject|must|invalid|required|not |does|imperson)`, `fcrdns`, `no dns (?:a|mx)`)},
	{Block, "rate", words(
		`(?:too many|maximum|exceed\w*|limit)[^.;]{0,40}(?:connections?|messages? (?:per|sent|from|in)|mails? (?:per|from|sent)|recipients?(?: per| this|$)|sessions|(?:rate|hourly|daily|sending|message|frequency)[ -](?:limit|quota)|concurren|errors|requests|rate\b)`,
		`rate[- ]?limit`, `throttl`, `(?:connections?|sending|mail|message|delivery) rate`, `frequency limit`,
		`too (?:many|much) (?:connect|mail|email|message|traffic|bad|concurrent|simultaneous|hops)`, `unusual rate`, `slow down`,
		`(?:ip|connection) frequency`, `send(?:ing)? limit`,
		`mxin503`, `\btss?\d\d\b`, `user complaints`, `receiving mail at a rate`, `has exceeded (?:its|the) (?:max|limit of|sending|daily)`)},
	{Ours, "too big", words(
		`\b(?:message|mail|e-?mail|data|headers?|file|attachment|size)\b[^.;]{0,40}(?:too (?:big|large)|exceeds?(?:ed)? (?:the |a |its |fixed |your )*(?:\w+ )?(?:maximum|limit|size|allowed|max|message|permitted|administrative)|larger than|is longer than)`,
		`(?:size|length) (?:limit )?(?:exceed|is (?:too|over)|restriction)`, `too (?:big|large) (?:message|mail|body|for)`,
		`exceeds? (?:the )?(?:maximum )?(?:message|mail|size)`, `message (?:length|size)`, `maximum (?:message|mail) size`, `line too long`)},
	{Transient, "expired", words(`retry time(?:out)?[^.;]{0,20}(?:exceeded|not reached)`, `(?:too long|long time) (?:in|on) (?:the )?(?:queue|mail queue)|in (?:the )?queue (?:for )?too long`)},
	{Quota, "over quota", words(
		`quota`,
		`(?:mail ?box|mailfolder|mail folder|inbox|mail ?dir|mail-?drop|folder|account|user|recipient|storage|message store|disk|spool|@|box|'s mail) ?(?:[^.;:]{0,40}(?:is |are |was |has |')?)?\b(?:full|exceed\w*|overfull|out of (?:space|storage)|overdrawn|too full|over (?:the )?(?:its )?(?:limit|maximum|size|storage))\b`,
		`\bfull (?:mail ?box|inbox|account)`, `insufficient (?:system |disk )?(?:storage|space|resource)`, `enough (?:storage|disk|space|room)`,
		`no (?:more )?(?:space|room|storage)`, `out of (?:storage|disk ?space|space)`,
		`exceed(?:s|ed|ing)?[^.;]{0,40}(?:storage|disk|space|mailbox|allocated|allowed size|folder)`, `message would (?:exceed|cause)`,
		`storage (?:space|limit|allocation|exceed)`, `(?:disk|mailbox|account) (?:size|space|usage) (?:limit|exceed|is)`,
		`postfach (?:ist )?voll`, `speicherplatz`, `mailbox (?:is )?vol\b`, `bo[iî]te (?:aux lettres|de réception|mail)?[^.]{0,20}pleine`,
		`buz[oó]n lleno`, `casella piena`, `delivery failed: over`, `exceeded (?:the )?(?:e-?mail|mailbox|storage)`)},
	{Transient, "temporary name error", words(
		`(?:lookup|resolution|resolve|name server|nameserver|dns)[^.;]{0,40}(?:timed? ?out|did not complete|temporar|try again|servfail|timeout)`,
		`(?:temporar(?:y|ily)|transient)[^.;]{0,30}(?:resol|lookup|name|dns)`, `host not found, try again`, `name lookup time`,
		`dns server returned`, `server failure`)},
	{Hard, "no mail here", words(
		`null ?mx`, `mail receiving disabled`,
		`(?:host|domain|server)\b[^.;]{0,40}(?:does not|doesn't|do not|not|never) (?:accepts?|receives?) (?:any )?(?:e-?)?mails?(?: at all)?(?:$|[ .)]*$|[.):])`,
		`indicated no smtp`, `no smtp service`, `not configured to (?:accept|receive) mail`,
		`mail (?:service )?(?:is )?not (?:available|accepted) (?:at|for|on) this (?:host|domain)`, `no mail accepted`,
		`this (?:host|domain|server) (?:does not|never) (?:accepts?|sends? or receives?)`, `smtp protocol returned a permanent error.*no mx`)},
	{Hard, "unknown host", words(
		`(?:unknown|no such|invalid|bad|illegal|unresolvable|non-?existent|inexistent|wrong|unrout?eable|unallowed|unsupported) (?:mail |destination |recipient |remote |e-?mail |target |address |or )*(?:host(?:name)?s?|domain(?: name)?s?|server name)\b`,
		`illegal host`,
		`(?:host|domain)(?: or domain)?(?: ?name)?(?: @?[a-z0-9.-]+)?(?: is| was| has been|:)? (?:unknown|unrouteable|unroutable|not found|non-?existent|invalid|could not be found|couldn't be found|cannot be found|can't be found|not exist|no longer exists?|not known|expired|unreachable for a)`,
		`(?:host|domain)(?: name)?[^.;]{0,40}(?:doesn't exist|does not exist|didn't exist|unknown\b|couldn't be found|wasn't found|not be (?:found|resolved)|has no (?:mx|mail|a record))`,
		`(?:host|domain) lookup (?:failure|failed|error)`, `name or service not known`, `nxdomain`, `dns (?:error|lookup failure)`,
		`(?:couldn't|could not|can't|cannot|unable to) (?:find|locate|resolve)[^.;]{0,40}(?:mail exchanger|mx|host|domain|ip address)`,
		`couldn't find any host`, `unrout?e?able (?:mail )?(?:address|domain)`,
		`no (?:valid |working )?(?:mx|mail exchanger|mail ?hosts?|mail servers?|route|a record)s?(?: records?)?(?: found|to| for| available|$)`,
		`all relevant mx records point to non-existent`, `lowest numbered mx record points to local host`,
		`not resolve[^.;]{0,20}(?:domain|host)`, `host [^ ]+ unknown`, `domain [^ ]+ (?:not|does not|doesn't)`, `address not resolvable`,
		`type=(?:mx|a|aaaa)`)},
	{Hard, unknownUser, words(`inactive email address`)}, // Apple, of those that never were or are long gone
	{Quota, "mailbox disabled", words(
		`(?:`+who+`|domain|@)[^.;]{0,50}\b(?:disabled|suspended|inactive|deactivated|terminated|not active|locked|frozen|on hold|dormant|blocked(?: by| due| for)|temporarily (?:unavailable|disabled|closed)|not (?:enabled|activated|currently|presently|allowed)|restricted|has expired|expired|unable to receive|over ?due|under maintenance|not accepting|no longer accepts?|not receiv|cannot receive|can't receive|rejected your|does not accept|doesn't accept|not yet|refuses?)\b`,
		`\b(?:disabled|suspended|inactive|deactivated|locked|frozen|dormant|expired) (?:`+who+`|recipient)`, `invalid/inactive`,
		`account (?:is )?locked`, `out of order`, `boite du destinataire archiv`, `account has been (?:disabled|suspended|temporarily)`,
		`mailbox (?:currently )?suspended`)},
	{Hard, "moved", words(
		`(?:user|recipient|address|mailbox|person|@)[^.;]{0,40}\b(?:has (?:been )?(?:moved|changed)|moved to|has changed|is now|was moved)\b`,
		`has been replaced by`, `no longer at this`, `change[ds]? (?:his|her|their|my) (?:e-?mail )?address`,
		`(?:please|you should) (?:use|try|forward)[^.;]{0,20} @`, `not our customer`)},
	{Hard, unknownUser, words(
		`(?:unknown|invalid|no such|non-?existent|non-?existing|inexistent|unresolvable|undeliverable|bad|wrong|illegal|unrout?eable|not an? (?:valid|known|existing|active)|no valid|unassigned|no known|incorrect|unregistered|nonlocal|no|unrecogni[sz]ed|mistyped|non-local) (?:such |local |virtual |destination |e-?mail |mail |to |rcpt |remote |smtp |login |matching |final |delivery |target |system |or |domain )*(?:`+who+`)\b`,
		who+`(?: name| address)?s?[^.;]{0,60}?\b`+anyOf(
			`unknown`,
			`not? exists?\b`,
			`does(?: not|n't|nt) (?:seem to |appear to )?(?:exist|have an?|match|live)`,
			`do not exist`,
			`don't exist`,
			`did not (?:match|exist)`,
			`not found`,
			`not known`,
			`not recogni[sz]ed`,
			`isn't (?:known|recogni|valid|found|a)`,
			`not (?:a |an )?(?:valid|known|registered|listed|local|existing|in (?:our|my|the)|here|one of|defined|available here|on (?:this|our)|hosted|deliverable|our customer|present)`,
			`could(?: not|n't) be found`,
			`can(?:not|'t|not be) (?:be )?(?:found|resolved|located)`,
			`couldn't be (?:found|delivered)`,
			`wasn't found`,
			`was not found`,
			`no longer (?:exists?|valid|in use|active|available|here|work|with|used|monitored|on (?:this|our)|at|employed|maintained|part|a)`,
			`(?:is |: |are )?invalid`,
			`(?:has|have) been (?:deleted|removed|closed|terminated|discontinued|canceled|cancelled|retired)`,
			`deleted`,
			`doesn't`,
			`non-?exist`,
			`unresolv`,
			`undeliverable`,
			`discontinued`,
			`has left`,
			`left the`,
			`ambiguous`,
			`mismatch`,
			`unrouteable`,
			`unroutable`,
			`(?:is |was )?(?:no|not) (?:longer )?(?:a )?(?:valid|good|correct)`,
			`verification failed`,
			`is wrong`,
			`unassigned`,
			`missing home directory`,
		),
		`no (?:mail ?box|mailbox|mail ?drop|user|account|one|person|recipient|such)\b[^.;]{0,20}(?:here|by that|by this|of that|with that|name|matches|found|exists?|available)`,
		`there is no (?:one|user|account|mailbox|such)`,
		`(?:don't|do not|doesn't|does not) (?:handle|have|know|host|recogni[sz]e) (?:mail for|(?:an? |any |the |this |that |such )*(?:mailbox|user|account|recipient|address|name))\b`,
		`nobody (?:here|by)`,
		`bad-recipient|nosuchuser|invalid rcpt|(?:can't|cannot) accept user|address is not handled|no longer on server|no existe`,
		`this user doesn't have an?`, `delivery error: dd this user`,
		`(?:requested )?(?:mail )?action (?:not taken|aborted):? ?mailbox (?:is )?(?:unavailable|not found)`,
		`mailbox (?:is )?(?:unavailable|not available)(?: or|$|[ .,)]*$|[^.]{0,15}not local)`,
		`recipient address rejected: (?:access denied|unknown|undeliverable|user|no such|unverified|invalid|@ (?:unknown|user))`,
		`(?:addressee|recipient|address|user)s? (?:is )?(?:unknown|ambiguous)`,
		`unknown (?:recipient|addressee|local|or illegal|or invalid|alias|@)`,
		`not in (?:the )?(?:directory|address book|domino directory|recipient)`, `resolver\.(?:adr|rst)\.(?:recip|recipient|exrecip)?\w*notfound`,
		`recipnotfound`, `recipientnotfound`, `user \(?@\)? (?:unknown|not)`, `unknown in (?:virtual|local|relay|my|our)`,
		`verify the (?:recipient|address)`, `check the (?:recipient|address|spelling)`, `spelled correctly`, `access denied[^.;]{0,20}\bas\(2018`,
		`address not found`, `adres(?:se)? (?:wurde )?nicht gefunden`, `adres niet gevonden`, `empfänger (?:unbekannt|nicht)`,
		`(?:benutzer|teilnehmer|nutzer|adresse|postfach|mailbox|konto)[^.;]{0,30}(?:unbekannt|existiert nicht|nicht (?:bekannt|gefunden|vorhanden|bekend))`,
		`(?:gebruiker|ontvanger|adres|account|mailbox|postvak)[^.;]{0,30}(?:onbekend|bestaat niet|niet (?:gevonden|bekend))`,
		`onbekende (?:gebruiker|ontvanger)`, `unbekannte[rs]? (?:benutzer|empfänger|adresse)`, `utilisateur inconnu`,
		`(?:adresse|destinataire|utilisateur|compte|bo[iî]te)[^.;]{0,30}(?:inconnue?|n'existe pas|invalide|introuvable)`,
		`(?:utente|indirizzo|destinatario)[^.;]{0,30}(?:sconosciuto|non (?:esiste|trovato|valido))`,
		`(?:usuario|destinatario|direcci[oó]n|cuenta|buz[oó]n)[^.;]{0,30}(?:desconocid[oa]|no (?:existe|encontrad[oa]|v[aá]lid[oa]))`,
		`no se (?:ha )?enc(?:ontr[oó]|uentra)`, `(?:user|mailbox|account) not exist`)},
	{Block, "reputation", words(
		`\b(?:rbl|dnsbl|uribl|surbl|ivmuri|bl)\b`,
		`spamhaus|spamcop|barracuda|sorbs|uceprotect|senderbase|senderscore|sender score|cloudmark|proofpoint|abusix|talos|mailspike|invaluement|trendmicro|cisco`,
		`(?:block|black|deny|drop)[- ]?list`, `blocked`, `reputation`, `banned`,
		`(?:ip|host|server|network|client)[^.;]{0,40}(?:listed|refused|denied|rejected|not allowed|not permitted|not accepted|prohibited)`,
		`bad (?:dns|ip|reputation)`, `dynamic (?:ip|address|pool)|dialup|residential|generic`, `refused to talk`,
		`connection (?:refused by policy|not accepted|dropped due)`, `grey ?list|gray ?list`, `not whitelisted|white ?list`)},
	{Block, "spam", words(
		`spam`, `\buce\b`, `\bube\b`, `unsolicited|bulk (?:mail|e-?mail)|junk`, `virus|malware|phish|infected`,
		`(?:content|message|mail)[^.;]{0,40}(?:reject|filter|refused|forbidden|prohibited|unacceptable|suspicious|banned|contains|not accepted|not allowed)`,
		`poor|score`, `blacklist`, `inappropriate|offensive|abus`)},
	{Block, "policy", words(
		`policy|policies`, `(?:access|relay(?:ing)?)[^.;]{0,30}(?:denied|not (?:allowed|permitted)|prohibited|refused)`, `relay`,
		`not (?:allowed|permitted|authori[sz]ed|accepted)`, `(?:un|not )authori[sz]ed`, `prohibit`,
		`denied|refused|rejected by|disallow|administrative`, `security`, `rejected for`, `tls|certificate|handshake`)},
	{Ours, "malformed", words(
		`malformed|syntax error|rfc ?-?\d{3,4}|rfc compl|bare (?:lf|cr)|missing (?:header|from|date|message)|multiple (?:from|to|subject) header|not compliant|violat|duplicate header|invalid (?:header|message|character|mime|argument|command|hello|domain literal)|bad (?:header|sequence|syntax)|conversion|unsupported|protocol error|command (?:unrecognized|not)|loop|too many (?:hops|received)|hop count`)},
	{Transient, "expired", words(
		`expired`, `undelivered (?:after|for)`, `(?:could not|cannot|unable) (?:be delivered|deliver)[^.;]{0,20}(?:for|after|within) `,
		`delivery (?:time|attempts?)[^.;]{0,20}(?:expired|exceeded|failed|failure)`,
		`giving up|given up after|delivery failed \d+ attempts|\d+ attempts|maximum (?:retr|queue|time)`,
		`still (?:undelivered|being retried)|delayed|will (?:keep trying|be retried|continue)|deferred`, `conversation with[^;]{0,60}timed out`)},
	{Transient, "network", words(
		`timed? ?-?out|timeout`, `connection (?:refused|reset|lost|closed|dropped|timed|failed|died|was|broken)`,
		`lost connection|(?:couldn't|could not|unable to|cannot|can't) (?:connect|establish|contact|reach|open)|no route to host|network (?:is )?(?:unreachable|error)|unreachable|host (?:is )?down|not responding|did not (?:respond|accept our requests)|unable to connect|no answer|bad connection|temporar|transient|try (?:again|later)|resources|service (?:not available|currently|unavailable)|server (?:busy|error|unavailable|down)|too busy|system (?:error|problem|failure|config|resources)|internal error|operating system|local error|i/o error|input/output|out of memory|out of resources|not available|overload|lock|maintenance|broken pipe|interrupted`)},
}

// anyOf returns an expression that finds any of the alternatives.
func anyOf(alternatives ...string) string { return `(?:` + strings.Join(alternatives, "|") + `)` }

func words(alternatives ...string) *regexp.Regexp {
	return regexp.MustCompile(strings.Join(alternatives, "|"))
}

var (
	bounceSubject = words(`(?i)(?:undeliver|returned (?:mail|to sender)|delivery (?:status|fail|notif|report|problem|error|has failed)|failure (?:notice|delivery)|mail (?:delivery|system|failure|error)|non[- ]?deliver|unzustellbar|onbestelbaar|niet (?:bezorgd|afgeleverd)|could not (?:be delivered|send)|not delivered|fehler|user unknown|message status|delivery)`)
	bounceText    = words(`(?i)(?:could not be delivered|couldn't be delivered|unable to deliver|wasn't (?:able|delivered)|was not delivered|undeliverable|permanent (?:fatal )?error|delivery (?:failed|has failed)|did not reach|cannot be delivered|invalid user address|non[- ]?delivery|failed to deliver|delivery problems|not been delivered|rejected by)`)
	delayedText   = words(`(?i)(?:this is a warning (?:message )?only|do not need to resend|will (?:keep trying|be retried|continue trying)|still being retried|delivery (?:is |has been )?delayed)`)
)
