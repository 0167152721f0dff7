package networks_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"keur/internal/fault/faulttest"
	"keur/internal/pgtest"
	"keur/internal/words"
	"keur/networks"
)

// TestStatusesInFourLanguages: a word that nobody knows decides nothing.
func TestStatusesInFourLanguages(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]networks.Status{
		"Pending": networks.Pending, " GOEDGEKEURD ": networks.Approved, "bestätigt": networks.Approved, "validée": networks.Approved,
		"afgekeurd": networks.Declined, "Storniert": networks.Declined, "refusé": networks.Declined, "gelöscht": networks.Deleted,
	} {
		if got, known := networks.StatusOf(word); got != want || !known {
			t.Errorf("%q is %s, %t", word, got, known)
		}
	}
	for _, word := range []string{"", "paid", "closed", "approved?"} {
		if got, known := networks.StatusOf(word); got != networks.Pending || known {
			t.Errorf("%q is %s, %t", word, got, known)
		}
	}
	own := networks.Words{"validado": networks.Approved}
	for word, want := range map[string][2]string{
		"Validado": {"approved", ""}, "perdido": {"pending", "perdido"}, "": {"pending", "?"},
	} {
		if status, unknown := own.Of(word); string(status) != want[0] || unknown != want[1] {
			t.Errorf("%q is %s, %q", word, status, unknown)
		}
	}
	permits := networks.Permits{"true": networks.Allowed}
	for word, want := range map[string]networks.Policy{" True": networks.Allowed, "maybe": networks.Unknown, "": networks.Unknown} {
		if got := permits.Of(word); got != want {
			t.Errorf("%q permits %s", word, got)
		}
	}
}

// sale is a report that can be booked.
func sale() networks.Report {
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	return networks.Report{
		Transaction: "T1", Programme: "4711", At: at, Occurred: at, Status: networks.Approved,
		Sale: 100_00, Commission: 8_00, Currency: "EUR",
	}
}

// TestNoAmountIsGuessed: of a report whatever is wrong keeps it from being booked,
// and the others of its page are booked.
func TestNoAmountIsGuessed(t *testing.T) {
	t.Parallel()
	const most = 1_000_000_000_000
	for name, try := range map[string]struct {
		change func(*networks.Report, *networks.Reader)
		want   string
	}{
		"nothing":            {func(*networks.Report, *networks.Reader) {}, ""},
		"no number":          {func(r *networks.Report, _ *networks.Reader) { r.Transaction = "" }, "transaction_ref"},
		"a number of lines":  {func(r *networks.Report, _ *networks.Reader) { r.Programme = "1\n2" }, "programme_ref"},
		"the longest number": {func(r *networks.Report, _ *networks.Reader) { r.Transaction = strings.Repeat("é", 200) }, ""},
		"a longer number": {func(r *networks.Report, _ *networks.Reader) {
			r.Transaction = strings.Repeat("é", 201)
		}, "transaction_ref"},
		"a part too long":      {func(r *networks.Report, _ *networks.Reader) { r.Part = strings.Repeat("x", 1001) }, "part_ref"},
		"a currency of words":  {func(r *networks.Report, _ *networks.Reader) { r.Currency = "euro" }, "currency"},
		"another status":       {func(r *networks.Report, _ *networks.Reader) { r.Status = "paid" }, "status"},
		"an unknown, approved": {func(r *networks.Report, _ *networks.Reader) { r.Unknown = "perdido" }, "status"},
		"an unknown, pending": {func(r *networks.Report, _ *networks.Reader) {
			r.Status, r.Unknown = networks.Pending, "perdido"
		}, ""},
		"the largest amounts":  {func(r *networks.Report, _ *networks.Reader) { r.Sale, r.Commission = most, -most }, ""},
		"a larger sale":        {func(r *networks.Report, _ *networks.Reader) { r.Sale = most + 1 }, "sale_minor"},
		"a larger deduction":   {func(r *networks.Report, _ *networks.Reader) { r.Commission = -most - 1 }, "commission_minor"},
		"of no day":            {func(r *networks.Report, _ *networks.Reader) { r.Occurred = time.Time{} }, "occurred_at"},
		"of the last century":  {func(r *networks.Report, _ *networks.Reader) { r.At = r.At.AddDate(-27, 0, 0) }, "reported_at"},
		"of its first day":     {func(r *networks.Report, _ *networks.Reader) { r.At = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }, ""},
		"of its last year":     {func(r *networks.Report, _ *networks.Reader) { r.At = r.At.AddDate(74, 0, 0) }, ""},
		"of the next century":  {func(r *networks.Report, _ *networks.Reader) { r.At = r.At.AddDate(75, 0, 0) }, "reported_at"},
		"an amount with words": {func(_ *networks.Report, read *networks.Reader) { read.Amount("sale", "n/a", "EUR") }, "sale"},
		"a day with words":     {func(_ *networks.Report, read *networks.Reader) { read.Moment("clicked_at", "gisteren") }, "clicked_at"},
		"what the adapter refuses": {func(_ *networks.Report, read *networks.Reader) { read.Refuse("parts", "networks.amount") },
			"parts"},
	} {
		r, read := sale(), &networks.Reader{Zone: time.UTC}
		try.change(&r, read)
		page := networks.Answer{}
		page.Take(r, read)
		page.Take(sale(), &networks.Reader{})
		want := 2
		if try.want != "" {
			want = 1
			if len(page.Unread) != 1 || !slices.Equal(faulttest.Paths(page.Unread[0].Err), []string{try.want}) ||
				page.Unread[0].Ref != r.Transaction {
				t.Errorf("%s: %+v", name, page.Unread)
			}
		}
		if len(page.Reports) != want {
			t.Errorf("%s: %d of two are booked", name, len(page.Reports))
		}
	}
}

// TestReportsAreKeptClean: of what can't be kept as it came, the rest stays.
func TestReportsAreKeptClean(t *testing.T) {
	t.Parallel()
	r, amsterdam := sale(), time.FixedZone("CET", 3600)
	clicked := time.Date(2026, 11, 1, 10, 0, 0, 1_999, amsterdam)
	none := time.Time{}
	r.Reason, r.Clicked, r.Validated = "geen\nrecht", &clicked, &none
	r.Raw = []byte(`{"a":"b\u0000c\ud83c"}`)
	got := r.Clean()
	if strings.Contains(got.Reason, "\n") || got.Validated != nil || string(got.Raw) != "{\"a\":\"b\ufffdc\ufffd\"}" ||
		*got.Clicked != time.Date(2026, 11, 1, 9, 0, 0, 1_000, time.UTC) {
		t.Errorf("%+v", got)
	}
}

// TestMomentsThatAreNone: programs that have no word for none write one of long ago,
// which may be before the year 1 in UTC.
func TestMomentsThatAreNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "0000-00-00 00:00:00", "0000-01-01", "0001-01-01T00:00:00", "0001-01-01T00:00:00+02:00", "1900-01-01", "9999-12-31",
	} {
		read := networks.Reader{Zone: time.FixedZone("CET", 3600)}
		if at := read.MomentOf("validated_at", text); at != nil {
			t.Errorf("%q is %s", text, at)
		}
		at, _ := networks.Moment(text, read.Zone)
		r := sale()
		if r.Validated = &at; r.Clean().Validated != nil {
			t.Errorf("%q is kept as %s", text, r.Clean().Validated)
		}
	}
}

// TestJSONIsKeptAsTheDatabaseTakesIt: of what jsonb doesn't take, the rest stays.
func TestJSONIsKeptAsTheDatabaseTakesIt(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for raw, want := range map[string]string{
		"":                            `{}`,
		"n/a":                         `{}`,
		`{"a": "b\u0000c"}`:           `{"a": "b�c"}`,
		`{"a": "\ud83c\udf81 12.50"}`: `{"a": "🎁 12.50"}`,
		`{"a": "cut \ud83c"}`:         `{"a": "cut �"}`,
		`{"\uDF81": 12.50}`:           `{"�": 12.50}`,
		"[\"caf\xe9\", 1e3]":          `["caf�", 1000]`,
		`{"a": 1e200000, "b": -1E-0200000, "c": 1e999}`:       `{"a": "1e200000", "b": "-1E-0200000", "c": 1` + strings.Repeat("0", 999) + `}`,
		`[0.` + strings.Repeat("1", 20_000) + `, 2]`:          `["0.` + strings.Repeat("1", 20_000) + `", 2]`,
		strings.Repeat("[", 9000) + strings.Repeat("]", 9000): strings.Repeat("[", 201) + "null" + strings.Repeat("]", 201),
	} {
		var got string
		if err := db.Get(&got, `SELECT $1::jsonb::text`, string(networks.AsKept([]byte(raw)))); err != nil || got != want {
			t.Errorf("%q is kept as %s, %v", raw, got, err)
		}
	}
}

// TestTheNewestReportCounts: of two of one moment the more final one does, and of
// two that say the same neither.
func TestTheNewestReportCounts(t *testing.T) {
	t.Parallel()
	older, newer, declined, other, raw := sale(), sale(), sale(), sale(), sale()
	newer.At, newer.Status = newer.At.Add(time.Second), networks.Pending
	declined.Status = networks.Declined
	other.Sale++
	raw.Raw = []byte(`{"again":true}`)
	for name, pair := range map[string][2]networks.Report{"newer": {older, newer}, "more final": {older, declined}} {
		if pair[0].Version().Compare(pair[1].Version()) >= 0 || pair[1].Version().Compare(pair[0].Version()) <= 0 {
			t.Errorf("the %s report doesn't count", name)
		}
	}
	if older.Version().Compare(raw.Version()) != 0 {
		t.Error("the form in which it came tells two apart")
	}
	if a, b := older.Version().Compare(other.Version()), other.Version().Compare(older.Version()); a == 0 || a != -b {
		t.Errorf("of two that differ neither counts always: %d, %d", a, b)
	}
	if older.Key() != (networks.Key{Transaction: "T1"}) {
		t.Errorf("it is about %+v", older.Key())
	}
}

// TestTextsAndNumbersOfJSON: networks write one field in both ways.
func TestTextsAndNumbersOfJSON(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]networks.Text{
		`null`: "", `" a\"b "`: `a"b`, `12.10`: "12.10", `true`: "true", `1e400`: "1e400", ``: "",
	} {
		var got networks.Text
		if err := got.UnmarshalJSON([]byte(data)); err != nil || got != want {
			t.Errorf("%s is %q, %v", data, got, err)
		}
	}
	var got networks.Text
	if err := got.UnmarshalJSON([]byte(`"a`)); err == nil {
		t.Error("half a text is read")
	}
}

// TestConnectionsAreNamed says all that is wrong with one.
func TestConnectionsAreNamed(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]networks.Connection{
		"":              {Network: "awin", Name: "Awin NL", Publisher: "123"},
		"network":       {Network: "zanox", Name: "Zanox"},
		"name":          {Network: "cj"},
		"publisher_ref": {Network: "cj", Name: "CJ", Publisher: strings.Repeat("1", 121)},
		"name network":  {},
	} {
		if got := strings.Join(faulttest.Paths(c.Validate()), " "); got != want {
			t.Errorf("%+v is wrong at %q, not %q", c, got, want)
		}
	}
}

// TestAnswersThatAreNone says of an answer's code what is wrong, and of credentials
// that they are refused.
func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]string{
		200: "", 204: "", 299: "", 300: "networks.trouble", 302: "networks.trouble", 400: "networks.declines", 401: "networks.refused",
		403: "networks.refused", 404: "networks.declines", 499: "networks.declines", 500: "networks.trouble", 503: "networks.trouble",
	} {
		err, key := networks.Response{Code: code}.Refusal(), ""
		if err != nil {
			key = words.OfError(err).Key
		}
		if key != want || networks.IsRefused(err) != (key == "networks.refused") {
			t.Errorf("%d: %v", code, err)
		}
	}
}

// TestNoCredentialIsRepeated: one that is part of another leaves nothing of it.
func TestNoCredentialIsRepeated(t *testing.T) {
	t.Parallel()
	for range 20 { // whichever comes first
		c := networks.Client{Credentials: networks.Credentials{"publisher": "123", "token": "abc123def", "none": "", "key": "23"}}
		if got := c.Says("token abc123def of\n123 is  wrong").Error(); strings.Contains(got, "abc") || strings.Contains(got, "def") ||
			strings.Contains(got, "123") || !strings.Contains(got, "token … of … is wrong") {
			t.Fatalf("it says %q", got)
		}
	}
}
