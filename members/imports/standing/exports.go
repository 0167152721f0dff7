package standing

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// commonWords say in any column of statuses how a member stands, folded as Fold
// does: as mailing tools write it in their exports, in en, nl, de and fr.
var commonWords = wordsFor(map[Standing]string{
	Subscribed: `subscribed subscribe active enabled confirmed optin optedin optinconfirmed doubleoptin doubleoptinconfirmed
		singleoptin deliverable reachable allowed whitelisted unblacklisted unblocklisted notblacklisted notblocklisted
		actief aangemeld ingeschreven bevestigd aktiv angemeldet eingetragen bestatigt abonniert abonne inscrit actif confirme
		suscrito activo confirmado iscritto attivo confermato geabonneerd confirmedoptin granted verleend erteilt`,
	Unsubscribed: `unsubscribed unsubscribe unsub optout optedout optoutconfirmed unsubscribedfromall disabled blocklisted blacklisted
		blocked suppressed usersuppressed manualsuppression manuallysuppressed removed deactivated donotmail donotcontact donotemail dnc
		excluded manual cancelled canceled beeindigd beendet manuallyunsubscribed globallyunsubscribed listunsubscribe
		afgemeld uitgeschreven opgezegd geblokkeerd gedeactiveerd abgemeldet ausgetragen abbestellt gesperrt deaktiviert widerrufen
		desabonne desinscrit bloque dadodebaja debaja bajas disiscritto cancellato withdrawn consentwithdrawn revoked ingetrokken
		gekundigt widersprochen`,
	Declined: `denied refused rejected geweigerd afgewezen abgelehnt verweigert refuse`,
	Bounced: `bounced bounce hardbounce hardbounced hardbounces cleaned opgeschoond bereinigt nettoye held invalid invalidemail invalidemailaddress undeliverable
		unreachable gebounced onbezorgbaar ongeldig gebounct unzustellbar ungultig invalide rebotado rimbalzato`,
	Complained: `complained complaint complaints complainer spam spamcomplaint spamcomplaints spamreport spamreported markedasspam
		markedspam reportedspam reportedasspam abuse abusereport junk feedbackloop klacht spamklacht beschwerde spambeschwerde plainte`,
	Never: `neversubscribed nonsubscribed nonsubscriber notsubscribed transactional nooptin notoptedin noconsent nonmarketingcontact
		nooitaangemeld nooitingeschreven nietaangemeld nietingeschreven geentoestemming nieangemeldet nichtangemeldet keineeinwilligung
		noninscrit nonabonne nietgeabonneerd nichtabonniert archived gearchiveerd archiviert archive`,
	Pending: `pending unconfirmed notconfirmed awaitingconfirmation waitingforconfirmation optinpending pendingoptin doubleoptinpending
		onbevestigd nietbevestigd nognietbevestigd wachtopbevestiging inafwachting
		unbestatigt nichtbestatigt ausstehend enattente nonconfirme`,
})

// answers are yes and no under the header of a consent.
var answers = wordsFor(map[Standing]string{
	Subscribed: `1 true t yes y ja j x wahr waar on aan an oui vrai ✓ ✔ ☑ ✅`,
	Declined:   `0 false f no n nee nein falsch onwaar off uit aus non faux ☐`,
})

// leftIf are yes and no under the header of something that keeps from being
// mailed: an opt-out, a blocklist.
func leftIf(yes Standing) map[string]Standing {
	found := map[string]Standing{}
	for word, standing := range answers {
		if found[word] = Silent; standing == Subscribed {
			found[word] = yes
		}
	}
	return found
}

// nothing are values that programs write where they have none.
var nothing = Words(`na null nil none nan false 0 no nee nein f n geen kein keine leeg blank empty leer vide nvt never nooit nie jamais`)

// Words returns the words of a list as a set.
func Words(list string) map[string]bool {
	found := map[string]bool{}
	for _, word := range strings.Fields(list) {
		found[word] = true
	}
	return found
}

func wordsFor(lists map[Standing]string) map[string]Standing {
	found := map[string]Standing{}
	for standing, list := range lists {
		for _, word := range strings.Fields(list) {
			found[word] = standing
		}
	}
	return found
}

// The kinds of columns that say how members stand.
var (
	// plainStatus knows no yes and no: 1 may be either.
	plainStatus      = Column{}
	optOutFlag       = Column{words: leftIf(Unsubscribed), Flag: true}
	bounceFlag       = Column{words: leftIf(Bounced), Flag: true}
	complaintFlag    = Column{words: leftIf(Complained), Flag: true}
	pendingFlag      = Column{words: leftIf(Pending), Flag: true}
	whenUnsubscribed = Column{Filled: Unsubscribed, Flag: true}
	whenBounced      = Column{Filled: Bounced, Flag: true}
	whenComplained   = Column{Filled: Complained, Flag: true}
	whenDeleted      = Column{Filled: Never, Flag: true}
	mayBeMailed      = Column{words: answers}
)

// knownStatuses are the headers, folded, over columns of statuses in the exports
// of Mailchimp, Klaviyo, HubSpot, listmonk, Mautic, Mailjet, Brevo, Copernica,
// Spotler, ActiveCampaign and their like.
var knownStatuses = statusHeaders(map[*Column]string{
	&plainStatus: `status emailstatus mailstatus memberstatus subscriberstatus subscriptionstatus contactstatus liststatus
		listsubscriptionstatus newsletterstatus marketingstatus emailmarketingstatus emailmarketing emailcampaigns optinstatus
		emailpermissionstatus emailoptinstatus emailconfirmationstatus confirmationstatus
		nieuwsbriefstatus inschrijfstatus aanmeldstatus abonneestatus lidstatus
		abonnentenstatus anmeldestatus abostatus kontaktstatus statut statutabonne estado stato`,
	&optOutFlag: `optout optedout emailoptout hasoptedoutofemail hsemailoptout optedoutofallemail unsubscribedfromallemail unsubscribed
		isunsubscribed unsub isexcludedfromcampaigns excludedfromcampaigns excluded
		blacklist blacklisted emailblacklisted isblacklisted emailblacklist blocklist blocklisted emailblocklisted isblocklisted
		suppressed issuppressed donotmail donotemail donotcontact nomail noemail
		afgemeld uitgeschreven geenmail geenmailing geennieuwsbrief afgemeldvoormail afmelding
		uitgeschrevenvooralleemails afgemeldvooralleemails vanallemailafgemeld
		abgemeldet ausgetragen keinemail keinewerbung werbesperre mailsperre vonallenemailsabgemeldet`,
	&bounceFlag: `bounced hardbounce hardbounced ishardbounced hsemailbademail hsemailbadaddress invalidemailaddress emailbounced
		hsemailquarantined emailaddressquarantined bouncedhard isbounced gebounced`,
	&complaintFlag: `complained complaint isspamcomplaining spamcomplaint spam markedasspam`,
	&pendingFlag:   `isoptinpending optinpending unconfirmed`,
	&mayBeMailed:   `acceptsemailmarketing acceptsmarketing canreceiveemailmarketing emailmarketingaccepted`,
	&whenDeleted:   `deletedat archivedat`,
	&whenUnsubscribed: `unsubtime unsubscribedat unsubscribedate unsubscribeddate unsubscribetime unsubscriptiondate dateunsubscribed
		unsubat unsubreason unsubscribereason unsubscribedreason udate optoutat optoutdate optouttime optedoutat
		afgemeldop afmelddatum datumafmelding uitgeschrevenop uitschrijfdatum datumuitschrijving
		abgemeldetam abmeldedatum abmeldungam austragungsdatum deactivated deactivatedat datedesinscription
		emailsuppressionstimestamp`,
	&whenBounced: `cleantime cleanedat hsemailhardbouncereason hsemailhardbouncereasonenum emailhardbouncereason bouncedat bouncedate
		hardbouncedat hardbouncereason bounceddate bouncetime bouncedatum redenhardbounce grundfurhardbounce
		redenvanhardbounce hardbouncegrund emailaddressquarantinereason emailaddressquarantinedreason hsemailquarantinedreason`,
	&whenComplained: `complainedat complaintdate spamcomplaintdate spamreportedat klachtdatum beschwerdedatum`,
	{words: wordsFor(map[Standing]string{Never: "false no nee nein 0", Silent: "true yes ja 1 marketingcontact marketingcontacten"}),
		Flag: true}: `marketingcontactstatus hsmarketablestatus marketingcontact`,
	// Klaviyo's suppressions, a list; Mautic's reasons (0 none, 1 unsubscribed, 2 bounced, 3 by hand).
	{words: leftIf(Unsubscribed), Flag: true}: `emailsuppressions suppressions suppressionreason emailsuppression`,
	{words: wordsFor(map[Standing]string{Silent: "0 false no nee nein none contactable", Bounced: "2", Unsubscribed: "1 3 true yes ja"}),
		Flag: true}: `dnc mauticdnc dncreason dncemail emaildnc`,
	// Brevo's, where 1 is yes and 2 is no.
	{words: wordsFor(map[Standing]string{Silent: "1 true yes ja oui", Pending: "2 0 false no nee nein non"}), Flag: true}: `doubleoptin`,
})

// optOutPrefixes begin headers of columns, one for each kind of mail, that say who
// doesn't want that kind any more.
var optOutPrefixes = []string{
	"optedoutofemail", "unsubscribedfromemail", "uitgeschrevenvooremail", "afgemeldvooremail", "vonemailabgemeldet", "hsemailoptout",
}

// besides are headers that would look like one of a status and tell of something
// else, so that they are left out.
var besides = Words(`unsubcampaigntitle unsubcampaignid unsubreasonother cleancampaigntitle cleancampaignid
	emailsuppressionstimestamp smsmarketingconsent smsmarketingconsenttimestamp smssuppressions smsblacklisted
	smsoptin smsoptout unsubscribedcampaign unsubscribeautomation memberrating leid euid gmtoff dstoff bouncedsoft softbounces
	emailoptintype`)

func statusHeaders(lists map[*Column]string) map[string]Column {
	found := map[string]Column{}
	for column, list := range lists {
		for _, header := range strings.Fields(list) {
			found[header] = *column
		}
	}
	return found
}

// Known returns how the column of a header is read that is known to have
// statuses. Beside are the headers of the file.
func Known(header string, beside []string) (Column, bool) {
	folded := Fold(header)
	isReason := func(h string) bool { return Fold(h) == "emailsuppressions" }
	if folded == "emailsuppressionstimestamp" && slices.ContainsFunc(beside, isReason) {
		return Column{}, false // the column beside it says why as well
	}
	if c, ok := knownStatuses[folded]; ok {
		if c.words == nil && c.Filled == "" && slices.ContainsFunc(beside, func(h string) bool { return activeCampaign[Fold(h)] }) {
			c.words = activeCampaignNumbers
		}
		return c, true
	}
	for _, prefix := range optOutPrefixes {
		if strings.HasPrefix(folded, prefix) {
			return optOutFlag, true
		}
	}
	return Column{}, false
}

// OfConsent returns how a column of consents is read, which knows yes and no.
func OfConsent() Column { return Column{words: answers} }

// Beside reports whether a header stands over something that tools add to their
// exports and that says nothing of whether a member may be mailed.
func Beside(header string) bool { return besides[Fold(header)] }

// activeCampaign are headers, folded, beside which a status is one of
// ActiveCampaign's numbers. Alone, 1 may mean anything.
var activeCampaign = Words("sdate udate bouncedhard")

var activeCampaignNumbers = map[string]Standing{"-1": Silent, "0": Pending, "1": Subscribed, "2": Unsubscribed, "3": Bounced}

// statusSigns are parts of headers, folded, over what may be a status.
var statusSigns = strings.Fields(`unsub optout optedout optin optedin consent toestemming einwilligung permission afgemeld afmeld
	uitgeschreven uitschrijv abgemeld abmeld ausgetragen bounce blacklist blocklist suppress donotmail donotemail donotcontact nomail
	geenmail keinemail sperre gesperrt geblokkeerd blocked complain klacht beschwerde cleaned widerruf desinscri desabon
	subscribed ingeschreven angemeldet aangemeld mailstatus subscriptionstatus newsletterstatus nieuwsbriefstatus
	widerspruch widersproch bezwaar opposition opzeg opgezegd kundig resili dnc deleted geloscht verwijderd supprime archive archiviert
	gearchiveerd quarantine quarantaine confirmationstatus werbeerlaubnis uitschrijf austrag revoked withdraw ingetrokken intrekking
	zuruckgezogen robinson infofilter forgotten removed entfernt stopgezet stoptime stoptijd blokka exclude uitsluit uitgesloten
	ausschluss ausgeschloss donotallow donotbulk niettoestaan nichtzulassen permissi disiscri annullat cancelola geeninteresse
	keininteresse unzustellbar onbestelbaar onbezorgbaar undeliverable rucklauf deceased overleden verstorben decede`)

// answerSigns are parts of headers, folded, over what may be a status where the
// values answer yes or no; else it may be the name of a newsletter, or of a street.
var answerSigns = strings.Fields(`mail newsletter nieuwsbrief infolettre marketing werb reclame publicit active aktiv actief actif
	accept receive receiving ontvang erhalt recevoir recoit contact erlaub erwunscht gewenst allow`)

// Suspect reports whether a column, of which nobody said what it is, may
// tell who left: by its header, or because its few words do.
func Suspect(header string, seen Tally) bool {
	folded := Fold(header)
	if besides[folded] {
		return false
	}
	for _, sign := range statusSigns {
		if strings.Contains(folded, sign) {
			return true
		}
	}
	if !addresses[strings.TrimRight(folded, "0123456789")] && seen.answers() &&
		slices.ContainsFunc(answerSigns, func(sign string) bool { return strings.Contains(folded, sign) }) {
		return true
	}
	isStatus := strings.Contains(folded, "status") || folded == "state"
	for value := range seen.Words {
		if isStatus && isGrave(value) {
			return true
		}
		if slices.ContainsFunc(phrases, func(phrase string) bool { return strings.Contains(Fold(value), phrase) }) {
			return true
		}
		if tellsLeft(value) || slices.ContainsFunc(strings.FieldsFunc(value, isBreak), tellsLeft) {
			return true
		}
	}
	return false
}

// phrases are what people note of who wants no mail or has left, folded: wil geen
// mail meer, Abmeldung am Telefon.
var phrases = strings.Fields(`donotallow niettoestaan nichtzulassen geenmail geenemail nietmailen nietmeermailen geennieuwsbrief keinemail keineemail nichtmailen keinewerbung
	keinnewsletter donotmail donotemail dontmail dontemail nomail noemail nomoremail nomoreemail plusdemail pasdemail
	stopmail stopmetmail stopemail nietmeerbenader nietbenader nichtanschreiben nichtmehranschreiben removefrom removedfrom toberemoved
	unsub optout optedout optingout blacklist blocklist afmeld afgemeld uitschrij uitgeschreven opgezegd opzegging abmeld abgemeld
	austrag ausgetragen abbestell gekundigt kundigung desabon desinscri widerruf hardbounce`)

// addresses are headers, folded, over columns of addresses.
var addresses = Words(`mail email mailadres emailadres mailaddress emailaddress mailadresse emailadresse epost epostadresse adressemail`)

// answers reports whether a column answers yes or no: one of its values is a word
// for it, or all are 0 and 1.
func (t Tally) answers() bool {
	digits := len(t.Words) > 0
	for value := range t.Words {
		word := Fold(value)
		digit := word == "0" || word == "1"
		if _, ok := answers[word]; ok && !digit {
			return true
		}
		digits = digits && digit
	}
	return digits
}

// tellsLeft reports whether a word says that somebody left, and means nothing else.
func tellsLeft(word string) bool {
	return isGrave(word) && !everyday[Fold(word)]
}

// isGrave reports whether a word says that somebody left, in a column of statuses.
func isGrave(word string) bool { return Of(commonWords[Fold(word)])&(Of(Never)|left) != 0 }

func isBreak(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }

// everyday are words for who left that mean many other things as well.
var everyday = Words(`cancelled canceled manual removed excluded invalid blocked disabled transactional spam abuse junk deactivated unreachable bounce
	ongeldig geblokkeerd ungultig gesperrt bloque invalide archive archived gearchiveerd archiviert withdrawn revoked ingetrokken`)

// OfFile returns how all members of a file stand by its name: an export of
// those who unsubscribed, were deleted or never subscribed, or whose addresses
// were cleaned.
func OfFile(name string) Standing {
	parts := namePart.FindAllString(name, -1)
	for words := range slices.Backward([]int{1, 2, 3}) { // nicht_abonniert, do-not-mail
		for i := range len(parts) - words {
			if s := fileWords[Fold(strings.Join(parts[i:i+words+1], ""))]; s != "" {
				return s
			}
		}
	}
	return ""
}

// namePart matches one word of a file's name: UnsubscribedMembers has two.
var namePart = regexp.MustCompile(`\p{Lu}?[\p{Ll}\p{M}]+|[\p{Lu}\p{M}]+|\d+`)

// fileWords are words of such names, folded; up to three that stand side by side
// are one.
var fileWords = wordsFor(map[Standing]string{
	Unsubscribed: `unsubscribed unsubscribe unsubscribes unsubscribers unsubs suppression blocklijst blacklijst sperrliste robinsonliste
		afmelders uitschrijvers abmelder austragungen dnc donotmail donotcontact optoutlijst optoutliste optouts optout
		blacklist blocklist blacklisted blocklisted suppressed suppressions afgemeld afgemelde afgemelden afmeldingen uitgeschreven uitschrijvingen opgezegd opzeggingen
		abgemeldet abgemeldete abmeldungen abbestellt widerrufen desabonnes desinscrits`,
	Bounced:    `cleaned bounced bounce bounces hardbounce hardbounces opgeschoond opgeschoonde bereinigt bereinigte nettoyes`,
	Complained: `complaint complaints spamcomplaints klachten beschwerden plaintes`,
	Never: `nonsubscribed notsubscribed transactional archived deleted nietingeschreven nietaangemeld nietgeabonneerd gearchiveerd
		gearchiveerde verwijderd verwijderde nichtabonniert nichtangemeldet archiviert archivierte geloscht geloschte noninscrits nonabonnes`,
	Pending: `unconfirmed onbevestigd unbestatigt`,
})
