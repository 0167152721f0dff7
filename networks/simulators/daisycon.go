package simulators

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"keur/networks"
)

// NewDaisycon returns a network that speaks as Daisycon does: an account is opened by a
// person, and each refresh token holds once.
func NewDaisycon(now func() time.Time) *Server {
	return &Server{
		Book: NewBook(now), Ref: "370211", Name: "Spaarpad", PerPage: 3,
		Credentials: networks.Credentials{"client_id": "keur-app", "client_secret": "dc-91e0"},
		Words: map[networks.Status]string{
			networks.Pending: "open", networks.Approved: "approved", networks.Declined: "disapproved", networks.Deleted: "disapproved",
		},
		dialect: &daisycon{zone: amsterdam()},
	}
}

type daisycon struct {
	zone *time.Location

	mu        sync.Mutex
	challenge string // of the code that was given
	issued    int
	access    string
	until     time.Time
	refresh   string
}

// Consent is what a person does on the network's page: they open the account,
// and get a code to bring back. The address is Adapter.AuthorizeURL's.
func (s *Server) Consent(address string) (code string, err error) {
	at, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	d, is := s.dialect.(*daisycon)
	q := at.Query()
	if !is || q.Get("client_id") != s.Credentials["client_id"] ||
		q.Get("code_challenge_method") != "S256" || q.Get("response_type") != "code" {
		return "", fmt.Errorf("no page of this network: %s", at.Path)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.challenge = q.Get("code_challenge")
	return "code-1", nil
}

func (d *daisycon) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.access = ""
}

func (d *daisycon) blunder(w http.ResponseWriter) {
	_, _ = w.Write([]byte(`{"error": "internal", "message": "report of dc-91e0 is not available"}`))
}

func (d *daisycon) answer(s *Server, w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/oauth/access-token" {
		d.token(s, w, r)
		return
	}
	d.mu.Lock()
	good := d.access != "" && r.Header.Get("Authorization") == "Bearer "+d.access && s.Now().Before(d.until)
	d.mu.Unlock()
	switch {
	case !good:
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == "/publishers":
		_, _ = w.Write([]byte(`[{"id": ` + s.Ref + `, "name": "Spaarpad"}]`))
	case r.URL.Path == "/publishers/"+s.Ref+"/transactions":
		d.transactions(s, w, r.URL.Query())
	case strings.HasPrefix(r.URL.Path, "/publishers/"+s.Ref+"/programs"):
		d.programmes(s, w, strings.TrimPrefix(r.URL.Path, "/publishers/"+s.Ref+"/programs"), r.URL.Query())
	case r.URL.Path == "/publishers/"+s.Ref+"/media":
		_, _ = w.Write([]byte(`[{"id": 2, "name": "Tweede"}, {"id": 1, "name": "Spaarpad"}]`))
	case strings.HasPrefix(r.URL.Path, "/publishers/"+s.Ref+"/material/"):
		d.material(s, w, strings.TrimPrefix(r.URL.Path, "/publishers/"+s.Ref+"/material/"), r.URL.Query())
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// token gives tokens for a code with its verifier, or for the newest refresh
// token; an older one shows that it was stolen, and ends all.
func (d *daisycon) token(s *Server, w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	byCode := r.FormValue("grant_type") == "authorization_code" && r.FormValue("code") == "code-1" &&
		base64.RawURLEncoding.EncodeToString(sum[:]) == d.challenge
	byRefresh := r.FormValue("grant_type") == "refresh_token" && d.refresh != "" && r.FormValue("refresh_token") == d.refresh
	if r.FormValue("client_id") != s.Credentials["client_id"] || r.FormValue("client_secret") != s.Credentials["client_secret"] ||
		!byCode && !byRefresh {
		d.access, d.refresh = "", ""
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error": "invalid_grant"}`))
		return
	}
	d.issued++
	d.challenge = ""
	d.access, d.refresh, d.until = fmt.Sprint("access-", d.issued), fmt.Sprint("refresh-", d.issued), s.Now().Add(30*time.Minute)
	fmt.Fprintf(w, `{"access_token": %q, "refresh_token": %q, "token_type": "Bearer", "expires_in": 1800}`, d.access, d.refresh)
}

const dutchStamp = "2006-01-02 15:04:05"

func (d *daisycon) transactions(s *Server, w http.ResponseWriter, q url.Values) {
	by, names := networks.Occurred, [2]string{"start", "end"}
	if q.Has("date_modified_start") {
		by, names = networks.Modified, [2]string{"date_modified_start", "date_modified_end"}
	}
	from, err := time.ParseInLocation(dutchStamp, q.Get(names[0]), d.zone)
	until, err2 := time.ParseInLocation(dutchStamp, q.Get(names[1]), d.zone)
	number, err3 := strconv.Atoi(q.Get("page"))
	most, err4 := strconv.Atoi(q.Get("per_page"))
	if err != nil || err2 != nil || err3 != nil || err4 != nil || number < 1 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	all := s.Within(by, from, until)
	most = min(most, s.PerPage)
	rows := []any{}
	for _, sale := range page(all, (number-1)*most, most) {
		rows = append(rows, d.row(s, sale))
	}
	w.Header().Set("x-total-count", strconv.Itoa(len(all)))
	if len(rows) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if err := json.NewEncoder(w).Encode(rows); err != nil {
		panic(err) // maps of texts
	}
}

func (d *daisycon) row(s *Server, sale Sale) map[string]any {
	word := sale.Word
	if word == "" {
		word = s.Words[sale.Status]
	}
	at := func(t time.Time) any {
		if t.IsZero() {
			return nil
		}
		return stamp(t, d.zone, dutchStamp)
	}
	part := map[string]any{
		"id": sale.Ref + "1", "date": at(sale.Occurred), "date_click": at(sale.Clicked), "last_modified": at(sale.Modified), "status": word,
		"approval_date": at(sale.Validated), "disapproved_reason": sale.Reason, "commission": sale.decimal(sale.Commission),
		"revenue": sale.decimal(sale.Sale), "subid": sale.SubID, "subid_2": nil, "media_id": 1, "promotioncode": sale.Voucher,
	}
	if sale.Currency != "EUR" { // else it leaves that out
		part["currency_code"] = sale.Currency
	}
	return map[string]any{
		"affiliatemarketing_id": sale.Ref, "date": at(sale.Occurred), "program_id": json.Number(sale.Programme),
		"program_name": "Zonneland",
		"parts":        []any{part},
	}
}
