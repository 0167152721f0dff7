package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"keur/campaigns"
	"keur/conversions"
	"keur/conversions/claims"
	"keur/conversions/payments"
	"keur/internal/clock"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/networks"
	"keur/networks/awin"
	"keur/networks/daisycon"
	"keur/networks/material"
	"keur/networks/news"
	"keur/networks/programmes"
	"keur/networks/simulators"
	"keur/reports"
)

// sold says that networks tell of sales of €100 with €5 for us.
func sold(refs ...string) string {
	sales := make([]string, len(refs))
	for i, ref := range refs {
		sales[i] = `{"transaction_ref":"` + ref + `","reported_at":"2026-05-02T10:00:00Z","status":"pending","sale_minor":10000,
			"commission_minor":500,"currency":"EUR","programme_ref":"77","occurred_at":"2026-05-02T09:00:00Z","raw":{"id":"` + ref + `"}}`
	}
	return `{"reports":[` + strings.Join(sales, ",") + `]}`
}

// caseFacts are what a member says of an order.
const caseFacts = `{"advertiser_id":1,"order_ref":"ORD-1","ordered_on":"2026-05-01","sale_minor":4995,"currency":"EUR","note":"x"}`

// payment is one of the first connection's network.
func payment(number string) string {
	return `{"connection_id":1,"number":"` + number + `","issued_on":"2026-05-01","due_on":"2026-06-01","amount_minor":5000,"currency":"EUR",
		"paid_on":"2026-05-20","paid_minor":4000,"note":"x"}`
}

// claims opens a case of the first member's, and notes a payment.
func (d *desk) claims(user string) {
	d.t.Helper()
	d.want(http.StatusCreated, d.call(user, "POST", "/labels/1/members/1/cases", caseFacts), nil)
	d.want(http.StatusCreated, d.call("admin", "POST", "/labels/1/payments", payment("2026-10")), nil)
}

// report adds a connection to the first label, and sales that come by it.
func (d *desk) report(user string, refs ...string) {
	d.t.Helper()
	d.want(http.StatusCreated, d.call("admin", "POST", "/labels/1/connections", `{"name":"Awin NL","network":"awin"}`), nil)
	d.want(http.StatusOK, d.call(user, "POST", "/connections/1/conversions", sold(refs...)), nil)
	var page networks.Catalogue
	share := 500
	page.Take(networks.Programme{
		Ref: "77", Name: "Zon", Relation: networks.Joined, Live: true,
		Terms: []networks.Term{{Group: "1", Name: "Default", Kind: campaigns.CPS, BasisPoints: &share}},
	}, &networks.Reader{})
	told := &news.Recorder{DB: d.deps.DB, Clock: d.deps.Clock}
	recorder := &programmes.Recorder{DB: d.deps.DB, Clock: d.deps.Clock, Changed: told.Changed}
	ctx := pgtest.Acting(d.t.Context(), "system:networks")
	if err := recorder.Record(ctx, networks.Reading{Connection: 1, Began: d.deps.Clock.Now(), Last: true}, page); err != nil {
		d.t.Fatal(err)
	}
	if err := told.Record(ctx, networks.Reading{Connection: 1}, networks.Bulletin{Notices: []networks.Notice{
		{Ref: "7", Programme: "77", Name: "Zon", Kind: networks.Stopped, Title: "Wij stoppen", Published: d.deps.Clock.Now()},
		{Ref: "8", Programme: "77", Name: "Zon", Kind: networks.Told, Title: "Feestdagen", Published: d.deps.Clock.Now()},
	}}); err != nil {
		d.t.Fatal(err)
	}
	offered := &material.Recorder{DB: d.deps.DB, Clock: d.deps.Clock, Changed: told.Changed}
	if err := offered.Record(ctx, networks.Reading{Connection: 1, Began: d.deps.Clock.Now(), Last: true}, networks.Supply{
		Items: []networks.Item{
			{Programme: "77", Kind: networks.Code, Ref: "v1", Name: "Tien procent", Code: "ZON10", Exclusive: true},
			{Programme: "77", Kind: networks.TextLink, Ref: "t1", Name: "Vroegboeken", Click: "https://c.example/"},
		},
	}); err != nil {
		d.t.Fatal(err)
	}
}

// What networks offer is listed, found by words and kind.
func TestItemsOverTheAPI(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	o.report("Mara", "T-1")
	for query, want := range map[string]int{
		"": 2, "?kind=code": 1, "?words=zon10%20tien": 1, "?words=sneeuw": 0, "?offered=true&sort=ends": 2,
	} {
		var all paging.Page[material.Item]
		o.want(http.StatusOK, o.call("Mara", "GET", "/labels/1/items"+query, nil), &all)
		if len(all.Items) != want {
			t.Errorf("%q finds %+v", query, all.Items)
		}
	}
	var one material.Item
	o.want(http.StatusOK, o.call("Mara", "GET", "/items/1", nil), &one)
	if one.Code != "ZON10" || !one.Exclusive || one.Programme != "77" || one.Withdrawn != nil {
		t.Errorf("%+v", one)
	}
}

// What networks say of programmes is listed, and what they leave open a person
// answers once.
func TestProgrammesOverTheAPI(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	o.report("Mara", "T-1")
	var all paging.Page[programmes.Listing]
	o.want(http.StatusOK, o.call("Mara", "GET", "/labels/1/listings?text=zon&relation=joined", nil), &all)
	if len(all.Items) != 1 || all.Items[0].Ref != "77" || all.Items[0].Email != networks.Unknown {
		t.Fatalf("%+v", all)
	}
	o.want(http.StatusOK, o.call("Mara", "GET", "/labels/1/listings?relation=rejected", nil), &all)
	if len(all.Items) != 0 {
		t.Errorf("%+v", all)
	}
	var terms paging.Page[programmes.Term]
	o.want(http.StatusOK, o.call("Mara", "GET", "/listings/1/terms", nil), &terms)
	if len(terms.Items) != 1 || *terms.Items[0].BasisPoints != 500 {
		t.Errorf("%+v", terms)
	}
	for body, status := range map[string]int{
		`{"topic":"email","said":"unknown","may":true,"reason":""}`:             http.StatusUnprocessableEntity,
		`{"topic":"email","said":"limited","may":true,"reason":"by phone"}`:     http.StatusConflict,
		`{"topic":"cashback","said":"unknown","may":true,"reason":"by phone"}`:  http.StatusConflict,
		`{"topic":"email","said":"unknown","may":true,"reason":"Bo, by phone"}`: http.StatusOK,
	} {
		o.want(status, o.call("Mara", "POST", "/listings/1/answers", body), nil)
	}
	var said paging.Page[programmes.Answer]
	o.want(http.StatusOK, o.call("Mara", "GET", "/listings/1/answers", nil), &said)
	if len(said.Items) != 1 || said.Items[0].Reason != "Bo, by phone" || said.Items[0].Name == "" {
		t.Errorf("%+v", said)
	}
	o.want(http.StatusConflict, o.call("Mara", "POST", "/connections/1/programmes", nil), nil) // it has no credentials
}

// What a network says is kept, listed, booked by a person, and summed.
func TestTransactionsOverTheAPI(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	o.report("Mara", "T-1", "T-2")
	var again conversions.Recorded
	o.want(http.StatusOK, o.call("Mara", "POST", "/connections/1/conversions", sold("T-2", "T-3")), &again)
	if again != (conversions.Recorded{New: 1, Same: 1}) {
		t.Errorf("reported again: %+v", again)
	}
	declined := strings.Replace(strings.Replace(sold("T-3"), "pending", "declined", 1), "02T10", "03T10", 1)
	o.want(http.StatusOK, o.call("Mara", "POST", "/connections/1/conversions", declined), nil)
	var open paging.Page[conversions.Conversion]
	o.want(http.StatusOK, o.call("Mara", "GET", "/labels/1/conversions?basis=none&ref=T-1", nil), &open)
	if len(open.Items) != 1 || open.Items[0].Commission != 500 {
		t.Fatalf("nobody's: %+v", open.Items)
	}
	var booked conversions.Conversion
	o.want(http.StatusOK, o.call("Mara", "POST", "/conversions/1/assign", `{"campaign_id":1,"reason":"the shop said so"}`), &booked)
	if booked.Basis != conversions.ByPerson || booked.Campaign != 1 {
		t.Errorf("booked %+v", booked.Attribution)
	}
	var earned paging.Page[reports.Earning]
	o.want(http.StatusOK, o.call("Mara", "GET", "/labels/1/earnings?by=network", nil), &earned)
	if e := earned.Items; len(e) != 1 || e[0].Network != "awin" || e[0].Gross != 1000 || e[0].Declined != 500 || e[0].Conversions != 2 ||
		e[0].Judged.Den != 1 {
		t.Errorf("earned by network: %+v", e)
	}
	o.want(http.StatusOK, o.call("Mara", "GET", "/labels/1/earnings?by=campaign&campaign=1", nil), &earned)
	if e := earned.Items; len(e) != 1 || e[0].Of.Campaign != 1 || e[0].Open != 500 || e[0].Of.Name == "" {
		t.Errorf("earned by campaign: %+v", e)
	}
	var said paging.Page[conversions.Said]
	o.want(http.StatusOK, o.call("Mara", "GET", "/conversions/3/history", nil), &said)
	if len(said.Items) != 2 || said.Items[0].Status != networks.Declined || !strings.Contains(string(said.Items[1].Raw), "T-3") {
		t.Errorf("said of it: %+v", said.Items)
	}
}

// A label may keep what networks report to finance, over the API too.
func TestMoneyIsKeptToFinanceOverTheAPI(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	o.report("Mara", "T-1")
	var l labels.Label
	o.want(http.StatusOK, o.call("admin", "GET", "/labels/1", nil), &l)
	l.MoneyHidden = true
	o.want(http.StatusOK, o.call("admin", "PUT", "/labels/1", l, "If-Match", "*"), &l)
	if !l.MoneyHidden {
		t.Error("it isn't kept")
	}
	var waits paging.Page[reports.Undecided]
	o.want(http.StatusOK, o.call("admin", "GET", "/labels/1/undecided", nil), &waits)
	if len(waits.Items) != 1 || waits.Items[0].Open != 500 || waits.Items[0].UsualDays != 60 {
		t.Errorf("waiting: %+v", waits.Items)
	}
	for _, path := range []string{
		"/labels/1/earnings", "/labels/1/undecided", "/labels/1/conversions", "/conversions/1", "/conversions/1/history",
		"/conversions/1/likely",
	} {
		o.want(http.StatusForbidden, o.call("Mara", "GET", path, nil), nil)
		o.want(http.StatusOK, o.call("admin", "GET", path, nil), nil)
	}
	o.want(http.StatusForbidden, o.call("Mara", "POST", "/conversions/1/assign", `{"campaign_id":1,"reason":"x"}`), nil)
}

// fakeNetworks are networks of ours on loopback.
func fakeNetworks(t *testing.T, now clock.Clock) map[string]networks.Adapter {
	t.Helper()
	home := func(network http.Handler) string {
		web := httptest.NewServer(network)
		t.Cleanup(web.Close)
		return web.URL
	}
	at := home(simulators.NewDaisycon(now.Now))
	con, err := daisycon.At(at, at)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]networks.Adapter{"awin": awin.Adapter{Home: home(simulators.NewAwin(now.Now))}, "daisycon": con}
}

// An admin sets credentials, tries them for real, and reads how the polling
// stands; what they typed comes back nowhere.
func TestPollingOverTheAPI(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	o.want(http.StatusCreated, o.call("admin", "POST", "/labels/1/connections",
		`{"name":"Awin","network":"awin","publisher_ref":"45628"}`), nil)
	o.want(http.StatusConflict, o.call("admin", "POST", "/connections/1/try", nil), nil)
	o.want(http.StatusUnprocessableEntity, o.call("admin", "POST", "/connections/1/credentials", `{"credentials":{"password":"x"}}`), nil)
	for token, status := range map[string]int{"aw-wrong": http.StatusConflict, "aw-6f1c2b": http.StatusOK} {
		answer := o.call("admin", "POST", "/connections/1/credentials", `{"credentials":{"token":"`+token+`"}}`)
		if strings.Contains(answer.body, token) {
			t.Errorf("the answer says the token: %s", answer.body)
		}
		o.want(http.StatusOK, answer, nil)
		tried := o.call("admin", "POST", "/connections/1/try", nil)
		if strings.Contains(tried.body, token) {
			t.Errorf("the try says the token: %s", tried.body)
		}
		o.want(status, tried, nil)
	}
	o.want(http.StatusConflict, o.call("admin", "POST", "/connections/1/authorize", nil), nil)
	var state networks.State
	o.want(http.StatusOK, o.call("Mara", "GET", "/connections/1/polling", nil), &state)
	if !state.Ready || state.SetAt == nil || state.CallsLeft < 0 || len(state.Asks) != 1 || state.Asks[0] != "token" {
		t.Errorf("the polling stands at %+v", state)
	}
}

// networkMapping is how a network of the Netherlands writes its files.
const networkMapping = `{"delimiter":"semicolon","decimal":"comma","dates":"day_first","time_zone":"Europe/Amsterdam","currency":"EUR",
	"programme_ref":"77","columns":{"transaction":"Nummer","status":"Status","commission":"Vergoeding","occurred":"Datum"},
	"words":{"ter beoordeling":"pending"}}`

// A file is looked at first, and then booked by the mapping that was saved; the
// same file again changes nothing, and what can't be booked is listed.
func TestFilesOverTheAPI(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	o.want(http.StatusCreated, o.call("admin", "POST", "/labels/1/connections", `{"name":"Other","network":"other"}`), nil)
	const text = `"Nummer;Status;Vergoeding;Datum\n1;Goedgekeurd;12,50;01-05-2026 10:00\n` +
		`2;Ter beoordeling;3,00;02-05-2026\n3;Open;2.5;03-05-2026\n"`
	o.want(http.StatusNotFound, o.call("Mara", "POST", "/connections/1/file", `{"text":`+text+`}`), nil)
	o.want(http.StatusUnprocessableEntity, o.call("Mara", "POST", "/connections/1/mapping",
		strings.Replace(networkMapping, "EUR", "XYZW", 1)), nil)
	o.want(http.StatusOK, o.call("Mara", "POST", "/connections/1/mapping", networkMapping), nil)
	var read struct {
		Read, Unread int
		Refused      []struct {
			Ref string `json:"transaction_ref"`
		}
		Recorded *conversions.Recorded
	}
	o.want(http.StatusOK, o.call("Mara", "POST", "/connections/1/file", `{"preview":true,"text":`+text+`}`), &read)
	if read.Read != 2 || read.Unread != 1 || read.Refused[0].Ref != "3" || read.Recorded != nil {
		t.Errorf("the file comes to %+v", read)
	}
	var listed paging.Page[conversions.Conversion]
	o.want(http.StatusOK, o.call("Mara", "GET", "/labels/1/conversions", nil), &listed)
	if len(listed.Items) != 0 {
		t.Errorf("looked at, it is booked: %+v", listed.Items)
	}
	o.want(http.StatusOK, o.call("Mara", "POST", "/connections/1/file", `{"text":`+text+`}`), &read)
	if read.Recorded == nil || read.Recorded.New != 2 {
		t.Errorf("booked are %+v", read.Recorded)
	}
	o.want(http.StatusOK, o.call("Mara", "POST", "/connections/1/file", `{"text":`+text+`}`), &read)
	o.want(http.StatusOK, o.call("Mara", "GET", "/labels/1/conversions?sort=oldest", nil), &listed)
	if read.Recorded.New != 0 || len(listed.Items) != 2 || listed.Items[0].Commission != 1_250 ||
		listed.Items[0].Status != networks.Approved {
		t.Errorf("booked again: %+v, %+v", read.Recorded, listed.Items)
	}
}

// A claim goes to a network by the account that the case names, and none is sent or
// cleared without.
func TestAClaimIsSentByAnAccount(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	o.report("Mara", "T-1")
	o.want(http.StatusCreated, o.call("Mara", "POST", "/labels/1/members/1/cases", caseFacts), nil)
	o.want(http.StatusUnprocessableEntity, o.call("Mara", "POST", "/cases/1/send", `{"remark":"See the order"}`), nil)
	o.want(http.StatusConflict, o.call("Mara", "POST", "/cases/1/clear", `{"taken":true}`), nil)
	var there paging.Page[claims.AtNetwork]
	o.want(http.StatusOK, o.call("Mara", "GET", "/cases/1/claims", nil), &there)
	if len(there.Items) != 0 {
		t.Errorf("%+v", there.Items)
	}
}

// A member's case goes from what they say to the network's answer.
func TestACaseOverTheAPI(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	o.report("Mara", "T-1")
	var c claims.Case
	o.want(http.StatusCreated, o.call("Mara", "POST", "/labels/1/members/1/cases", caseFacts), &c)
	if c.State != claims.Open || c.Kind != claims.Untracked {
		t.Errorf("%+v", c)
	}
	unpaid := strings.Replace(caseFacts, "4995", "0", 1)
	o.want(http.StatusUnprocessableEntity, o.call("Mara", "POST", "/labels/1/members/1/cases", unpaid), nil)
	var known claims.Known
	o.want(http.StatusOK, o.call("Mara", "GET", "/cases/1/known", nil), &known)
	if known.Proposal != claims.Untracked || known.Told != claims.TellNoClick {
		t.Errorf("%+v", known)
	}
	rule := `{"address":"claims@awin.example","within_days":30}`
	o.want(http.StatusOK, o.call("Mara", "POST", "/connections/1/claim-rule", rule), nil)
	o.want(http.StatusOK, o.call("Mara", "POST", "/cases/1/files?name=order.pdf", []byte("%PDF"),
		"Content-Type", "application/octet-stream"), nil)
	for _, act := range [][3]string{
		{"claim", `{"address":"claims@awin.example"}`, "claimed"}, {"decide", `{"granted":false,"answer":"no"}`, "refused"},
		{"tell", "", "refused"},
	} {
		var body any
		if act[1] != "" {
			body = act[1]
		}
		o.want(http.StatusOK, o.call("Mara", "POST", "/cases/1/"+act[0], body), &c)
		if string(c.State) != act[2] {
			t.Errorf("after %s it is %s", act[0], c.State)
		}
	}
	o.want(http.StatusConflict, o.call("Mara", "POST", "/cases/1/reopen", nil), nil)
	var steps paging.Page[claims.Step]
	o.want(http.StatusOK, o.call("Mara", "GET", "/cases/1/steps", nil), &steps)
	if len(steps.Items) != 3 || !strings.Contains(steps.Items[1].Said, "ORD-1") {
		t.Errorf("%+v", steps.Items)
	}
	var found paging.Page[claims.Row]
	o.want(http.StatusOK, o.call("Mara", "GET", "/labels/1/cases?order_ref=ORD-1&state=refused", nil), &found)
	if len(found.Items) != 1 {
		t.Errorf("%+v", found)
	}
}

// What came in stands against what was approved.
func TestPaymentsOverTheAPI(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	o.report("Mara", "T-1")
	approved := strings.Replace(sold("T-2"), `"pending"`, `"approved"`, 1)
	o.want(http.StatusOK, o.call("Mara", "POST", "/connections/1/conversions", approved), nil)
	var p payments.Payment
	o.want(http.StatusCreated, o.call("admin", "POST", "/labels/1/payments", payment("2026-10")), &p)
	o.want(http.StatusConflict, o.call("admin", "POST", "/labels/1/payments", payment("2026-10")), nil)
	var balances paging.Page[payments.Balance]
	o.want(http.StatusOK, o.call("admin", "GET", "/labels/1/balances", nil), &balances)
	if b := balances.Items; len(b) != 1 || b[0].Approved != 500 || b[0].Received != 4_000 || b[0].ShortN != 1 {
		t.Errorf("%+v", b)
	}
	var owed paging.Page[payments.Age]
	o.want(http.StatusOK, o.call("admin", "GET", "/labels/1/owed", nil), &owed)
	if len(owed.Items) != 1 || owed.Items[0].Sum() != 500 {
		t.Errorf("%+v", owed.Items)
	}
	o.want(http.StatusOK, o.call("admin", "PUT", "/payments/1", payment("2026-11"), "If-Match", "*"), &p)
	if p.Number != "2026-11" || p.Version != 2 {
		t.Errorf("%+v", p)
	}
}
