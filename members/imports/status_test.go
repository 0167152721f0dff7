package imports

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/members/imports/standing"
)

// stands returns how each member of a file stands after its import: mailable,
// left out, or suppressed and why.
func (d *desk) stands(t *testing.T, names ...string) string {
	t.Helper()
	var out []string
	for _, name := range names {
		m, err := d.Find(t.Context(), name+"@x.nl")
		if err != nil {
			t.Fatal(name, err)
		}
		all, err := d.Suppressions(t.Context(), m.ID)
		if err != nil {
			t.Fatal(err)
		}
		how := "-"
		if ms, _ := m.Under(d.nl); ms.MailConsent {
			how = "yes"
		}
		for _, s := range all {
			how += " " + string(s.Reason)
		}
		out = append(out, name+": "+how)
	}
	return strings.Join(out, ", ")
}

// Whoever left, bounced, complained or never consented by the export of another
// tool isn't mailable, also where the file as a whole has a proof of consent.
func TestExportsOfOtherTools(t *testing.T) {
	t.Parallel()
	d, n := newDesk(t), 0
	for name, c := range map[string]struct {
		file, content, names, want string
	}{
		"mailchimp, unsubscribed": {"unsubscribed_members_export_1.csv",
			"Email Address,First Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LEID,EUID,UNSUB_TIME," +
				"UNSUB_CAMPAIGN_TITLE," +
				"UNSUB_REASON,UNSUB_REASON_OTHER\n" +
				"a@x.nl,A,2,2014-03-05 14:22:11,1.2.3.4,2014-03-05 14:22:11,1.2.3.4,1,x,2019-01-02 10:00:00,Nieuws,N/A,\n",
			"a", "a: - unsubscribe"},
		"mailchimp, cleaned": {"cleaned_members_export_1.csv",
			"Email Address,OPTIN_TIME,CLEAN_TIME,CLEAN_CAMPAIGN_TITLE\na@x.nl,2014-03-05 14:22:11,2019-01-02 10:00:00,Nieuws\n",
			"a", "a: - hard_bounce"},
		"mailchimp, nonsubscribed": {"nonsubscribed_email_audience_export_1.csv", "Email Address\na@x.nl\n", "a", "a: -"},
		"mailchimp, subscribed": {"subscribed_members_export_1.csv", "Email Address,OPTIN_TIME\n" +
			"a@x.nl,2014-03-05 14:22:11\n", "a", "a: yes"},
		"mailchimp, by the file's name alone": {"afgemelde leden - uitgeschreven.csv", "email\na@x.nl\n", "a", "a: - unsubscribe"},
		"klaviyo": {"", "Email,Email Marketing Consent,Email Marketing Consent Timestamp," +
			"Email Suppressions,Email Suppressions Timestamp\n" +
			"a@x.nl,SUBSCRIBED,2024-03-05 14:22:11,[],\nb@x.nl,UNSUBSCRIBED,2024-03-05 14:22:11,\"[\"\"UNSUBSCRIBE\"\"]\",\n" +
			"c@x.nl,NEVER_SUBSCRIBED,,,\n" +
			"d@x.nl,SUBSCRIBED,2024-03-05 14:22:11,\"[\"\"HARD_BOUNCE\"\", \"\"SPAM_COMPLAINT\"\"]\",2025-01-01\ne@x.nl,,,,\n",
			"a b c d e", "a: yes, b: - unsubscribe, c: -, d: - complaint hard_bounce, e: -"},
		"hubspot": {"", "Email,Unsubscribed from all email,Email hard bounce reason,Marketing contact status,Opted out of email: Nieuws\n" +
			"a@x.nl,false,,Marketing contact,\nb@x.nl,true,,Marketing contact,\nc@x.nl,,UNKNOWN_USER,Marketing contact,\n" +
			"d@x.nl,,,Non-marketing contact,\ne@x.nl,,,Marketing contact,true\n",
			"a b c d e", "a: yes, b: - unsubscribe, c: - hard_bounce, d: -, e: - unsubscribe"},
		"listmonk": {"", "uuid,email,name,status,subscription_status\n1,a@x.nl,A,enabled,confirmed\n2,b@x.nl,B,blocklisted,confirmed\n" +
			"3,c@x.nl,C,disabled,confirmed\n4,d@x.nl,D,enabled,unsubscribed\n5,e@x.nl,E,enabled,unconfirmed\n",
			"a b c d e", "a: yes, b: - unsubscribe, c: - unsubscribe, d: - unsubscribe, e: -"},
		"mautic": {"", "email,dnc\na@x.nl,0\nb@x.nl,1\nc@x.nl,2\n" +
			"d@x.nl,3\n", "a b c d", "a: yes, b: - unsubscribe, c: - hard_bounce, d: - unsubscribe"},
		"mautic2": {"", "email,doNotContact\na@x.nl,no\nb@x.nl,Unsubscribed\n" +
			"c@x.nl,Bounced\n", "a b c", "a: yes, b: - unsubscribe, c: - hard_bounce"},
		"mailjet": {"", "email,IsExcludedFromCampaigns,IsOptInPending,IsSpamComplaining\na@x.nl,false,false,false\n" +
			"b@x.nl,true,false,false\n" +
			"c@x.nl,false,true,false\nd@x.nl,false,false,true\n", "a b c d", "a: yes, b: - unsubscribe, c: -, d: - complaint"},
		"brevo": {"", "EMAIL;OPT_IN;DOUBLE_OPT-IN;BLACKLIST\na@x.nl;Yes;Yes;Unblacklisted\nb@x.nl;Yes;Yes;Blacklisted\nc@x.nl;No;No;\n",
			"a b c", "a: yes, b: - unsubscribe, c: -"},
		"brevo, campaigns": {"", "EMAIL;Email campaigns\na@x.nl;Subscribed\nb@x.nl;Unsubscribed\n", "a b", "a: yes, b: - unsubscribe"},
		"copernica": {"", "E-mailadres;Nieuwsbrief;Afgemeld\na@x.nl;Ja;nee\nb@x.nl;Ja;ja\n" +
			"c@x.nl;Nee;nee\n", "a b c", "a: yes, b: - unsubscribe, c: -"},
		"spotler": {"", "E-mail;Status;Afmelddatum\na@x.nl;Actief;\nb@x.nl;Hardbounce;\nc@x.nl;Afgemeld;05-13-2024\n",
			"a b c", "a: yes, b: - hard_bounce, c: - unsubscribe"},
		"activecampaign": {"", "Email,Status,Subscribed Date,Unsubscribed Date\na@x.nl,Active,2024-01-01,\n" +
			"b@x.nl,Unsubscribed,2024-01-01,2024-02-01\n" +
			"c@x.nl,Bounced,2024-01-01,\nd@x.nl,Unconfirmed,2024-01-01,\n", "a b c d", "a: yes, b: - unsubscribe, c: - hard_bounce, d: -"},
		"activecampaign, numbers": {"", "email,status,sdate,udate\na@x.nl,1,2024-01-01,\nb@x.nl,2,2024-01-01,2024-02-01\n" +
			"c@x.nl,3,2024-01-01,\nd@x.nl,0,,\n",
			"a b c d", "a: yes, b: - unsubscribe, c: - hard_bounce, d: -"},
		"german": {"", "E-Mail-Adresse;Status;Abgemeldet am\na@x.nl;aktiv;\nb@x.nl;abgemeldet;\nc@x.nl;unbestätigt;\n" +
			"d@x.nl;aktiv;01.02.2024\n",
			"a b c d", "a: yes, b: - unsubscribe, c: -, d: - unsubscribe"},
		"came back": {"", "email,opt-in datum,unsubscribed_at\na@x.nl,2024-05-01,2023-01-01\nb@x.nl,2024-05-01,2024-06-01\n",
			"a b", "a: yes, b: - unsubscribe"},
		"left on the day of the consent": {"", "email,opt-in datum,unsubscribed_at\na@x.nl,2024-05-01 18:00,2024-05-01\n" +
			"b@x.nl,2024-05-01 18:00,2024-05-01 17:00\n", "a b", "a: - unsubscribe, b: yes"},
		"shopify": {"customers_export.csv", "First Name,Email,Accepts Email Marketing,Total Orders\n" +
			"A,a@x.nl,yes,1\nB,b@x.nl,no,1\nC,c@x.nl,,\n",
			"a b c", "a: yes, b: -, c: -"},
		"shopify, old":         {"", "Email,Accepts Marketing\na@x.nl,false\nb@x.nl,true\n", "a b", "a: -, b: yes"},
		"klaviyo, can receive": {"", "Email,Can Receive Email Marketing\na@x.nl,FALSE\nb@x.nl,TRUE\n", "a b", "a: -, b: yes"},
		"klaviyo, suppressed when": {"", "Email,Email Suppressions Timestamp\n" +
			"a@x.nl,2024-01-01 10:00:00\nb@x.nl,\n", "a b", "a: - unsubscribe, b: yes"},
		"hubspot, quarantine": {"", "Email,Email address quarantine reason\n" +
			"a@x.nl,SUSPENSION_REMEDIATION\nb@x.nl,\n", "a b", "a: - hard_bounce, b: yes"},
		"hubspot, confirmation": {"", "Email,Email Confirmation Status\n" +
			"a@x.nl,Pending\nb@x.nl,Confirmed\n", "a b", "a: -, b: yes"},
		"mautic, mail alone": {"", "email,dnc_email\na@x.nl,1\nb@x.nl,2\nc@x.nl,0\n",
			"a b c", "a: - unsubscribe, b: - hard_bounce, c: yes"},
		"brevo, double opt-in alone": {"", "EMAIL;DOUBLE_OPT-IN\n" +
			"a@x.nl;No\nb@x.nl;2\nc@x.nl;Yes\nd@x.nl;1\n", "a b c d", "a: -, b: -, c: yes, d: yes"},
		"deleted":             {"", "email,deleted_at\na@x.nl,2024-01-01\nb@x.nl,\n", "a b", "a: -, b: yes"},
		"mailchimp, archived": {"archived_email_audience_export_1f.csv", "Email Address\na@x.nl\n", "a", "a: -"},
	} {
		t.Run(name, func(t *testing.T) {
			n++
			o := Options{Consent: d.agreed(), FileName: c.file}
			own := func(text, after string) string { // addresses of this case alone
				return regexp.MustCompile(`\b([a-e])`+after).ReplaceAllString(text, fmt.Sprintf("${1}%d%s", n, strings.TrimPrefix(after, `\b`)))
			}
			names, content, want := strings.Fields(own(c.names, `\b`)), own(c.content, "@"), own(c.want, ":")
			dry := o
			dry.DryRun = true
			would := d.load(t, dry, content)
			i := d.load(t, o, content)
			if got := d.stands(t, names...); got != want {
				t.Errorf("%s\nwant %s", got, want)
			}
			if wanted := int64(len(names) - strings.Count(want, ": yes")); i.NotMailable != wanted || would.NotMailable != wanted {
				t.Errorf("%d not mailable, and in the dry run %d; want %d", i.NotMailable, would.NotMailable, wanted)
			}
			if diff := cmp.Diff(i.Counts, would.Counts); diff != "" {
				t.Error(diff)
			}
			if again := d.load(t, o, content); again.Unchanged != int64(len(names)) || d.stands(t, names...) != want {
				t.Errorf("again: %+v", again.Counts)
			}
		})
	}
}

// What may tell who left stops the import until somebody says what it means.
func TestStatusIsAskedFor(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for name, c := range map[string]struct {
		options       Options
		content, asks string
	}{
		"an unknown word": {Options{}, "email;status\na@x.nl;gold\nb@x.nl;gold\nc@x.nl;active\n", `"gold" (2)`},
		"a number":        {Options{}, "email;status\na@x.nl;1\n", `"1" (1)`},
		"an answer":       {Options{}, "email;Actief\na@x.nl;nee\n", `"nee" (1)`},
		"a reason":        {Options{}, "email;Reden\na@x.nl;afgemeld via link\n", "afgemeld via link"},
		"a header":        {Options{}, "email;Abmeldegrund\na@x.nl;zu viel\n", "Abmeldegrund"},
		"its words":       {Options{Declare: true}, "email;toestand\na@x.nl;unsubscribed\nb@x.nl;x\n", `"unsubscribed" (1)`},
		"consent":         {Options{}, "email;opt-in\na@x.nl;misschien\n", `"misschien" (1)`},
		"many words":      {Options{}, "email;status" + manyWords(), "more than 40"},
	} {
		c.options.Label, c.options.Consent = d.nl, d.agreed()
		_, err := NewImporter(d.db, d.clock, d.Store).Run(t.Context(), c.options, strings.NewReader(c.content), nil)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.asks) || !strings.Contains(err.Error(), "columns[1]") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for table, want := range map[string]int{"members": 0, "imports": 0, "attributes": 0} {
		if n := pgtest.Count(t, d.db, `SELECT count(*) FROM `+table); n != want {
			t.Errorf("%s: %d rows", table, n)
		}
	}
	content := "email;status\na@x.nl;gold\nb@x.nl;weg\nc@x.nl;anders\n"
	d.load(t, Options{Consent: d.agreed(), Status: map[string]map[string]standing.Standing{
		"status": {"gold": standing.Subscribed, "weg": standing.Complained, "*": standing.Never},
	}}, content)
	if got, want := d.stands(t, "a", "b", "c"), "a: yes, b: - complaint, c: -"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	d.load(t, Options{Consent: d.agreed(), Map: map[string]string{"loyalty": "status"}}, "email;status\nd@x.nl;gold\n")
	if ms := d.membership(t, "d@x.nl"); !ms.MailConsent || ms.Attributes["loyalty"] != "gold" {
		t.Errorf("mapped as something else: %+v", ms)
	}
	d.load(t, Options{Consent: d.agreed(), Skip: []string{"status"}}, "email;status\ne@x.nl;gold\n")
	if got := d.stands(t, "e"); got != "e: yes" {
		t.Error(got)
	}
}

func manyWords() string {
	var b strings.Builder
	for i := range 60 {
		fmt.Fprintf(&b, "\nm%d@x.nl;word%d", i, i)
	}
	return b.String()
}

// A member who consented here after they had left elsewhere stays mailable; one
// who consented before doesn't, and mail stops at once.
func TestLeavingMeetsConsentHere(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.load(t, Options{Consent: d.agreed()}, "email\na@x.nl\nb@x.nl\nc@x.nl\n")
	i := d.load(t, Options{}, "email;unsubscribed_at;bounced_at\na@x.nl;2025-01-01;\nb@x.nl;2026-11-21 11:00;\nc@x.nl;;2026-11-21 11:00\n")
	if got, want := d.stands(t, "a", "b", "c"), "a: yes, b: - unsubscribe, c: yes hard_bounce"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if i.NotMailable != 2 || i.Unsubscribed != 2 || i.Bounced != 1 {
		t.Errorf("%+v", i.Counts)
	}
	m, _ := d.Find(t.Context(), "b@x.nl")
	all, err := d.Suppressions(t.Context(), m.ID)
	if err != nil || len(all) != 1 || all[0].Source != "import" || all[0].At.UTC().Format(time.DateTime) != "2026-11-21 10:00:00" {
		t.Errorf("%+v %v", all, err)
	}
}
