package standing_test

import (
	"strings"
	"testing"

	"keur/members/imports/standing"
)

func TestKnownWords(t *testing.T) {
	t.Parallel()
	for header, words := range map[string]map[string]standing.Standing{
		"Status": {"Active": standing.Subscribed, "AFGEMELD": standing.Unsubscribed, "nicht bestätigt": standing.Pending,
			"hard-bounce": standing.Bounced, "Spam complaint": standing.Complained, "désabonné": standing.Unsubscribed,
			"": "", "1": "", "gold": "", "cancelled": standing.Unsubscribed},
		"Unsubscribed from all email": {"true": standing.Unsubscribed, "Nee": standing.Silent, "": ""},
		"Opted out of email: Nieuws":  {"TRUE": standing.Unsubscribed},
		"Email hard bounce reason":    {"UNKNOWN_USER": standing.Bounced, "N/A": standing.Silent},
		"UNSUB_TIME":                  {"2019-01-02 10:00:00": standing.Unsubscribed, "0000-00-00 00:00:00": standing.Silent},
		"Email Suppressions":          {`["HARD_BOUNCE","SPAM_COMPLAINT"]`: standing.Complained, "[]": standing.Silent, "[odd]": ""},
		"dnc":                         {"0": standing.Silent, "2": standing.Bounced, "3": standing.Unsubscribed},
		"Marketing contact status":    {"Non-marketing contact": standing.Never, "Marketing contact": standing.Silent},
		"uitgeschreven op":            {"gisteren": standing.Unsubscribed},
		"IsSpamComplaining":           {"true": standing.Complained, "false": standing.Silent},
		"hs_email_quarantined":        {"true": standing.Bounced},
		"EmailBlacklisted":            {"yes": standing.Unsubscribed, "no": standing.Silent},
		"List subscription status":    {"unconfirmed": standing.Pending, "unsubscribed, bounced": standing.Unsubscribed},
		"Newsletter status":           {"transactional": standing.Never},
		"Kontaktstatus":               {"unzustellbar": standing.Bounced, "aktiv": standing.Subscribed},
		"vonAllenEMailsAbgemeldet":    {"ja": standing.Unsubscribed},
		"Datum afmelding":             {"geen": standing.Silent},
		"Spamcomplaint date":          {"01.02.2024": standing.Complained},
		"Vanalle-mail afgemeld":       {"ja": standing.Unsubscribed},
		"isOptInPending":              {"1": standing.Pending},
		"Accepts Email Marketing":     {"no": standing.Declined, "yes": standing.Subscribed},
		"dnc_email":                   {"1": standing.Unsubscribed, "2": standing.Bounced, "0": standing.Silent},
		"E-mailmarketingstatus": {"Geabonneerd": standing.Subscribed, "Opgeschoond": standing.Bounced, "Niet-geabonneerd": standing.Never,
			"Gearchiveerd": standing.Never, "Inactief": ""},
		"E-Mail-Status": {"Bereinigt": standing.Bounced, "Nicht abonniert": standing.Never, "Archiviert": standing.Never,
			"Gekündigt": standing.Unsubscribed, "Widersprochen": standing.Unsubscribed, "unsubscribed (global)": ""},
		"Confirmation status": {"Granted": standing.Subscribed, "Withdrawn": standing.Unsubscribed, "Ingetrokken": standing.Unsubscribed,
			"Geweigerd": standing.Declined, "Abgelehnt": standing.Declined, "Expired": ""},
		"Afgemeld op": {"n.v.t.": standing.Silent, "nooit": standing.Silent, "0001-01-01T00:00:00Z": standing.Silent,
			"1970-01-01": standing.Unsubscribed, "onbekend": standing.Unsubscribed},
		"Hardbounced":   {"Ja": standing.Bounced, "0": standing.Silent, "soft": ""},
		"DOUBLE_OPT-IN": {"No": standing.Pending, "2": standing.Pending, "Yes": standing.Silent, "1": standing.Silent},
	} {
		c, ok := standing.Known(header, nil)
		if !ok {
			t.Errorf("%s isn't known", header)
			continue
		}
		for word, want := range words {
			found, known := c.Standing(word)
			if got := found.Gravest(); got != want || known != (want != "" || word == "") {
				t.Errorf("%s: %q is %q, %v; want %q", header, word, got, known, want)
			}
		}
	}
}

func TestSuspect(t *testing.T) {
	t.Parallel()
	for header, c := range map[string]struct {
		words []string
		want  bool
	}{
		"Abmeldegrund": {nil, true}, "e-mail toestemming 2019": {nil, true}, "Werbesperre seit": {nil, true},
		"UNSUB_CAMPAIGN_TITLE": {nil, false}, "MEMBER_RATING": {nil, false},
		"sms_optin": {nil, false}, "kleur": {[]string{"rood", "blauw"}, false},
		"toestand": {[]string{"goed", "uitgeschreven"}, true}, "apparaat": {[]string{"disabled", "manual"}, false},
		"loyalty_status": {[]string{"gold", "silver"}, false},
		"Actief":         {[]string{"nee"}, true}, "Aktiv": {[]string{"0", "1"}, true}, "is_active": {[]string{"0"}, true},
		"Mailing": {[]string{"nee"}, true}, "Mailbaar": {[]string{"nee"}, true}, "Mag gemaild worden": {[]string{"nee"}, true},
		"Nieuwsbrief ontvangen": {[]string{"nee"}, true}, "Niet mailen": {[]string{"ja"}, true}, "Bezwaar": {[]string{"ja"}, true},
		"Opzegdatum": {nil, true}, "Werbeerlaubnis": {[]string{"nein"}, true}, "Newsletter abonniert": {[]string{"nein"}, true},
		"Werbewiderspruch": {[]string{"ja"}, true}, "Kündigungsdatum Newsletter": {nil, true}, "dnc_sms": {nil, true},
		"accepte la publicité": {[]string{"non"}, true}, "Reden": {[]string{"afgemeld via link"}, true},
		"e-mail": {[]string{"x"}, false}, "mail (2)": {[]string{"y"}, false}, "mailadres": {nil, false}, "email": {nil, false},
		"newsletter_name": {[]string{"Boeken", "Kinderboeken"}, false}, "Mailing City": {[]string{"Utrecht"}, false},
		"uitschrijfreden": {nil, true}, "Austragungsgrund": {nil, true}, "revoked_at": {nil, true}, "Consent withdrawn": {nil, true},
		"Toestemming ingetrokken op": {nil, true}, "Robinsonliste": {nil, true}, "forgotten": {nil, true},
		"Verification status": {[]string{"invalid", "ok"}, true}, "loyalty status": {[]string{"manual", "gold"}, true},
		"Abo": {[]string{"gekündigt"}, true}, "Grund": {[]string{"Abmeldung am Telefon"}, true},
		"Notes": {[]string{"opted out by phone"}, true}, "Notiz": {[]string{"bitte nicht mehr anschreiben"}, true},
		"Nota": {[]string{"niet meer benaderen"}, true}, "Remark": {[]string{"asked to be removed from list"}, true},
		"Memo":         {[]string{"vraagt ons te stoppen met mailen", "stop met mailen"}, true},
		"bestelstatus": {[]string{"geleverd", "onderweg"}, false}, "bron": {[]string{"manual", "archived"}, false},
		"exclusief_btw": {[]string{"12,50"}, false}, "state": {[]string{"CA", "NY"}, false}, "annuleringen": {[]string{"0", "3"}, false},
		"mails geopend": {[]string{"0", "1", "7"}, false}, "opmerking": {[]string{"belt graag terug"}, false},
	} {
		var seen standing.Tally
		for _, word := range c.words {
			seen.Add([]byte(word))
		}
		if got := standing.Suspect(header, seen); got != c.want {
			t.Errorf("%s %q: %v", header, c.words, got)
		}
	}
}

// TestNothingThatTellsWhoLeftIsSilent: of columns of other tools, and of people's
// own lists, each is known or asked for.
func TestNothingThatTellsWhoLeftIsSilent(t *testing.T) {
	t.Parallel()
	for header, words := range map[string]string{
		"Do not allow Bulk Emails": "Allow|Do Not Allow", "E-mail niet toestaan": "Toestaan|Niet toestaan",
		"donotbulkemail": "Allow|Do Not Allow", "E-Mails nicht zulassen": "Zulassen|Nicht zulassen",
		"state": "active|cancelled", "State": "active|canceled", "removed_on": "2024-01-01", "Entfernt am": "01.02.2024",
		"Permissie": "ja|nee", "Permissies": "0|1", "Stop Time": "2024-01-01", "Global status": "inactive|unsubscribed",
		"Email channel status": "subscribed|unsubscribed", "SuppressionReason": "HardBounce", "Email Invalid": "true|false",
		"Marketing Suspended": "true|false", "Black Listed": "false", "Confirmed Opt-Out Date": "2024-01-01",
		"$consent": `["email"]`, "Opt-In": "1|2", "Désabonné de tous les e-mails": "Oui", "Canceló la suscripción": "Sí|No",
		"Estado de suscripción": "Dado de baja", "Disiscritto da tutte le email": "Sì", "Annullato l'iscrizione": "Sì",
		"Afmeldreden": "te veel", "Date Bounced": "2024-01-01", "Rückläufer": "1", "Unzustellbar": "ja", "Onbestelbaar": "1",
		"Ongeldig e-mailadres": "ja", "Geen interesse": "ja", "stopgezet op": "2024-01-01", "Opt out (all)": "1",
		"Einwilligung Marketing": "nein", "Datenschutz-Widerspruch": "x", "AVG verwijderd": "ja", "GDPR deleted": "1",
		"Not mailable": "1", "Mailable": "0", "Contactable": "N", "mag_mailen": "0", "wil_mail": "nee",
		"Nieuwsbrief?": "Nee", "NL": "uitgeschreven", "Subscribed": "N", "is subscribed": "0",
		"Inschrijving": "beëindigd|actief", "Abonnement": "opgezegd", "Newsletter": "0", "email_status_code": "unsubscribed",
		"overleden": "ja", "Deceased": "1", "verstorben": "ja", "Blokkade": "ja", "Uitgesloten van mailing": "ja",
		"Uitsluiten": "ja", "Exclude from campaigns": "1", "Ausschluss": "ja", "Ausgeschlossen": "1",
	} {
		if _, ok := standing.Known(header, nil); ok {
			continue
		}
		var seen standing.Tally
		for word := range strings.SplitSeq(words, "|") {
			seen.Add([]byte(word))
		}
		if !standing.Suspect(header, seen) {
			t.Errorf("%s: %s is silent", header, words)
		}
	}
}

func TestFilesByName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]standing.Standing{
		"unsubscribed_members_export_1.csv": standing.Unsubscribed, "cleaned_email_audience_export.csv": standing.Bounced,
		"Afgemeld 2024.xlsx": standing.Unsubscribed, "nonsubscribed_members.csv": standing.Never, "leden.csv": "",
		"archived_email_audience_export_1f.csv": standing.Never, "deleted_contacts_export.csv": standing.Never,
		"niet-ingeschreven_e-mail_doelgroep_export_1.csv": standing.Never, "nicht_abonniert_export_1.csv": standing.Never,
		"bereinigt_export_1.csv": standing.Bounced, "opgeschoonde_leden_export_1.csv": standing.Bounced,
		"subscribed_members_export_1.csv": "", "abonniert_export.csv": "", "Hard bounces.csv": standing.Bounced,
		"Beschwerden.csv": standing.Complained, "suppression_list.csv": standing.Unsubscribed, "do-not-mail.csv": standing.Unsubscribed,
		"UnsubscribedMembers2024.csv": standing.Unsubscribed, "UNSUBSCRIBED.CSV": standing.Unsubscribed,
		"Sperrliste.xlsx":   standing.Unsubscribed,
		"opt-out-lijst.csv": standing.Unsubscribed, "unsubscribe export.csv": standing.Unsubscribed, "hard_bounce.csv": standing.Bounced,
		"Abonnenten_Nicht-abonniert.csv": standing.Never, "gelöscht.csv": standing.Never, "geo\u0308ffnet.csv": "",
		"NewsletterAbonnenten.csv": "", "mailing 2024-03.csv": "",
	} {
		if got := standing.OfFile(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
