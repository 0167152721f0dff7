package imports

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"keur/members"
	"keur/members/imports/standing"
)

// Targets of columns that aren't attributes.
const (
	toEmail         = "email"
	toConsent       = "consent"         // yes or no
	toConsentAt     = "consent_at"      // when it was given or withdrawn
	toConsentText   = "consent_text"    // what was agreed to
	toConsentSource = "consent_source"  // where
	toConsentURL    = "consent_url"     // of the form
	toConsentIP     = "consent_ip"      //
	toOptinMailed   = "optin_mailed_at" // double opt-in: question mailed …
	toConfirmedAt   = "confirmed_at"    // … confirmed …
	toConfirmedIP   = "confirmed_ip"    // … from
	toTracking      = "tracking"        // yes or no, under the same proof
	toJoinedAt      = "joined_at"       //
	toSource        = "source"          // of the member
	toTimeZone      = "time_zone"       // IANA
	toMemberKey     = "member_key"      // the publisher's own number of the member
	toStatus        = "status"          // who left, bounced, has yet to confirm; any number of columns
)

// targets are those, all of them.
var targets = map[string]bool{
	toEmail: true, toConsent: true, toConsentAt: true, toConsentText: true, toConsentSource: true, toConsentURL: true,
	toConsentIP: true, toOptinMailed: true, toConfirmedAt: true, toConfirmedIP: true, toTracking: true, toJoinedAt: true,
	toSource: true, toTimeZone: true, toMemberKey: true, toStatus: true,
}

// Targets are what a column can hold besides an attribute, in the order in which
// people look for them.
func Targets() []string {
	return []string{
		toEmail, toStatus, toConsent, toConsentAt, toConsentText, toConsentSource, toConsentURL, toConsentIP, toOptinMailed, toConfirmedAt,
		toConfirmedIP, toTracking, toJoinedAt, toSource, toTimeZone, toMemberKey,
	}
}

// headers are the words that people in the Netherlands, Germany and elsewhere
// put over a column, folded as fold does.
var headers = map[string]string{
	"email": toEmail, "emailaddress": toEmail, "emailadres": toEmail, "emailadresse": toEmail, "mail": toEmail,
	"mailadres": toEmail, "mailadresse": toEmail, "mailaddress": toEmail, "epost": toEmail, "epostadresse": toEmail,

	"consent": toConsent, "optin": toConsent, "toestemming": toConsent, "einwilligung": toConsent, "mailconsent": toConsent,
	"emailconsent": toConsent, "nieuwsbrief": toConsent, "newsletter": toConsent, "emailoptin": toConsent,
	"newsletteroptin": toConsent, "subscribed": toConsent, "ingeschreven": toConsent, "angemeldet": toConsent, "aangemeld": toConsent,
	"emailmarketingconsent": toConsent, "hsemailoptin": toConsent, "emailpermission": toConsent,
	"emailmarketingconsenttimestamp": toConsentAt, "subscribedat": toConsentAt, "subscribeddate": toConsentAt,
	"subscriptiondate": toConsentAt, "datesubscribed": toConsentAt, "sdate": toConsentAt, "consenttimestamp": toConsentAt,
	"consentat": toConsentAt, "consentdate": toConsentAt, "consenttime": toConsentAt, "optinat": toConsentAt, "optindate": toConsentAt,
	"optintime": toConsentAt, "optindatum": toConsentAt, "datumoptin": toConsentAt, "toestemmingsdatum": toConsentAt,
	"toestemmingdatum": toConsentAt, "datumtoestemming": toConsentAt, "toestemmingop": toConsentAt, "einwilligungam": toConsentAt,
	"einwilligungsdatum": toConsentAt, "datumdereinwilligung": toConsentAt, "optinzeitpunkt": toConsentAt,
	"consenttext": toConsentText, "consentstatement": toConsentText, "toestemmingstekst": toConsentText, "optintekst": toConsentText,
	"optintext": toConsentText, "einwilligungstext": toConsentText, "einwilligungserklarung": toConsentText,
	"consentsource": toConsentSource, "optinsource": toConsentSource, "toestemmingsbron": toConsentSource, "optinbron": toConsentSource,
	"einwilligungsquelle": toConsentSource, "optinquelle": toConsentSource,
	"consenturl": toConsentURL, "optinurl": toConsentURL, "formurl": toConsentURL, "formulierurl": toConsentURL,
	"formularurl": toConsentURL,
	"consentip":   toConsentIP, "optinip": toConsentIP, "ip": toConsentIP, "ipadres": toConsentIP,
	"ipadresse": toConsentIP, "ipaddress": toConsentIP,
	"optinmailedat": toOptinMailed, "doimailedat": toOptinMailed, "doisentat": toOptinMailed,
	"confirmedat": toConfirmedAt, "bevestigdop": toConfirmedAt, "bestatigtam": toConfirmedAt, "doubleoptinat": toConfirmedAt,
	"doubleoptindate": toConfirmedAt, "doiat": toConfirmedAt, "doidate": toConfirmedAt, "doidatum": toConfirmedAt,
	"confirmtime": toConfirmedAt, "confirmdate": toConfirmedAt, "doubleoptintime": toConfirmedAt,
	"confirmedip": toConfirmedIP, "doiip": toConfirmedIP, "confirmip": toConfirmedIP,
	"tracking": toTracking, "trackingconsent": toTracking, "trackingoptin": toTracking,
	"joinedat": toJoinedAt, "joined": toJoinedAt, "createdat": toJoinedAt, "registeredat": toJoinedAt, "lidsinds": toJoinedAt,
	"inschrijfdatum": toJoinedAt, "aanmelddatum": toJoinedAt, "registratiedatum": toJoinedAt, "mitgliedseit": toJoinedAt,
	"dateadded": toJoinedAt, "addedtime": toJoinedAt, "profilecreatedon": toJoinedAt,
	"anmeldedatum": toJoinedAt, "registrierungsdatum": toJoinedAt, "signupdate": toJoinedAt,
	"source": toSource, "bron": toSource, "herkomst": toSource, "quelle": toSource, "herkunft": toSource,
	"memberkey": toMemberKey, "externalid": toMemberKey, "externid": toMemberKey, "externeid": toMemberKey, "lidsleutel": toMemberKey,
	"timezone": toTimeZone, "tijdzone": toTimeZone, "zeitzone": toTimeZone,

	"firstname": "first_name", "givenname": "first_name", "voornaam": "first_name", "vorname": "first_name", "roepnaam": "first_name",
	"lastname": "last_name", "surname": "last_name", "familyname": "last_name", "achternaam": "last_name", "nachname": "last_name",
	"familienaam": "last_name", "familienname": "last_name",
	"gender": "gender", "sex": "gender", "geslacht": "gender", "geschlecht": "gender",
	"anrede": "gender", "aanhef": "gender", "salutation": "gender",
	"birthdate": "birth_date", "dateofbirth": "birth_date", "birthday": "birth_date", "dob": "birth_date", "geboortedatum": "birth_date",
	"geburtsdatum": "birth_date", "geburtstag": "birth_date", "gebdatum": "birth_date",
	"city": "city", "town": "city", "plaats": "city", "woonplaats": "city", "stad": "city",
	"ort": "city", "wohnort": "city", "stadt": "city",
	"postalcode": "postal_code", "postcode": "postal_code", "zip": "postal_code", "zipcode": "postal_code",
	"plz": "postal_code", "postleitzahl": "postal_code",
	"country": "country", "land": "country", "countrycode": "country", "landcode": "country",
	"language": "language", "taal": "language", "sprache": "language", "lang": "language", "locale": "language",
}

// IsAddressHeader reports whether people put header over a column of addresses.
func IsAddressHeader(header string) bool { return headers[standing.Fold(header)] == toEmail }

// guessTarget returns what a column with this header holds: a target, the name
// of an attribute that the label has, or "".
func guessTarget(header string, declared map[string]members.Attribute) string {
	folded := standing.Fold(header)
	if target, ok := headers[folded]; ok {
		return target
	}
	for name := range declared {
		if standing.Fold(name) == folded {
			return name
		}
	}
	return ""
}

// attributeName makes the name of an attribute out of a header; "" if there is
// nothing in it to make one of.
func attributeName(header string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(strings.ReplaceAll(header, "ß", "ss"))) {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9' && b.Len() > 0:
			b.WriteRune(r)
		case unicode.IsMark(r):
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
		if b.Len() == 40 {
			break
		}
	}
	return strings.TrimRight(b.String(), "_")
}
