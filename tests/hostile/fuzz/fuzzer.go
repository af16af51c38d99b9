package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// mostFaults ends a run that finds one fault after the other.
const mostFaults = 20

// fuzzer makes calls one after the other, so that a seed of its random numbers leads to the same calls.
type fuzzer struct {
	methods []method
	byName  map[string]method
	servers []*grpc.ClientConn
	pids    []string
	seeds   seeds
	reasons reasons
	breaker *breaker
	random  *rand.Rand
	folder  string // for inputs that failed
	places  []methodPlace
	next    int // of `places`

	calls, accepted, repeated int
	faults                    map[string]int // by method
	dead                      bool
}

// methodPlace is a field of a method's request.
type methodPlace struct {
	method method
	place  place
}

// listPlaces lists all fields of all requests, in random order.
func (f *fuzzer) listPlaces() {
	for _, m := range f.methods {
		for _, where := range placesOf(m.descriptor.Input(), nil) {
			f.places = append(f.places, methodPlace{m, where})
		}
	}
	f.random.Shuffle(len(f.places), func(i, j int) { f.places[i], f.places[j] = f.places[j], f.places[i] })
}

// run makes calls until the time is over, a process has died, or there are too many faults.
func (f *fuzzer) run(duration time.Duration) {
	for end := time.Now().Add(duration); time.Now().Before(end) && !f.dead && f.faultCount() < mostFaults; {
		if f.random.IntN(2) == 0 {
			f.step(pick(f.random, f.methods), nil)
		} else {
			at := f.places[f.next%len(f.places)] // every field in turn
			f.next++
			f.step(at.method, at.place)
		}
	}
	f.thaw()
	if f.dead {
		return
	}
	if err := checkHistory(f.byName); err != nil {
		f.fault("history", input{}, err.Error())
	}
}

func (f *fuzzer) faultCount() int {
	all := 0
	for _, count := range f.faults {
		all += count
	}
	return all
}

// step makes one call with a new input, which is wrong at a place if that is given, else anywhere or nowhere.
func (f *fuzzer) step(m method, where place) {
	// What waits costs seconds if it waits in vain.
	if m.mayWait() && f.random.IntN(4) > 0 {
		return
	}
	f.try(m, f.newInput(m, where))
	if m.name == "ReloadService.Freeze" {
		f.thaw()
	}
}

func (f *fuzzer) newInput(m method, where place) input {
	all := f.seeds[m.name]
	request := f.breaker.request
	if where != nil {
		request = func(seed proto.Message) []byte { return f.breaker.requestBrokenAt(seed, where) }
	}
	if !m.descriptor.IsStreamingClient() {
		return input{m.path, [][]byte{request(pick(f.random, all))}}
	}
	broken := f.random.IntN(len(all) + 1) // one message, or none
	sent := input{path: m.path}
	for i, seed := range all {
		if i == broken {
			sent.messages = append(sent.messages, request(seed))
		} else if encoded, err := proto.Marshal(seed); err == nil {
			sent.messages = append(sent.messages, encoded)
		}
	}
	return sent
}

// try makes a call and checks all that must hold afterwards. It makes some calls twice.
func (f *fuzzer) try(m method, sent input) {
	first := m.send(sent.messages)
	f.calls++
	f.judge(m, sent, first)
	if first.err == nil {
		f.accepted++
		f.learn(m, sent, first)
	}
	if f.dead || f.random.IntN(3) > 0 || !isRemembered(m, sent) {
		return
	}
	f.repeated++
	second := m.send(sent.messages)
	f.judge(m, sent, second)
	if difference := differs(m, first, second); difference != "" {
		f.fault(m.name, sent, difference)
	}
}

func (f *fuzzer) judge(m method, sent input, o outcome) {
	if wrong := f.reasons.verdict(sent, o.err); wrong != "" {
		f.fault(m.name, sent, wrong)
	}
	if died := checkAlive(f.pids); died != "" {
		f.dead = true
		f.fault(m.name, sent, died)
		return
	}
	if ill := checkHealth(f.servers); ill != "" {
		f.fault(m.name, sent, ill)
	}
}

func (f *fuzzer) learn(m method, sent input, o outcome) {
	answer := m.decode(o)
	if answer == nil {
		f.fault(m.name, sent, "the answer is not a message of its type")
		return
	}
	f.breaker.answers.learn(answer.ProtoReflect())
}

// thaw undoes a freeze, without which nothing would be reloaded any more.
func (f *fuzzer) thaw() {
	if m, found := f.byName["ReloadService.Thaw"]; found {
		m.send([][]byte{nil})
	}
}

func (f *fuzzer) fault(method string, sent input, reason string) {
	if f.faults == nil {
		f.faults = map[string]int{}
	}
	f.faults[method]++
	fmt.Printf("FAULT: %s: %.1000s\n", method, reason)
	if sent.path == "" {
		return
	}
	name, err := sent.write(f.folder, reason)
	if err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
		return
	}
	fmt.Printf("  the input: --replay %s\n", name)
}

// isRemembered says whether the service remembers the call, so that it must answer a repetition alike: one of the
// messages has a request_id, and none says that nothing is to be stored.
func isRemembered(m method, sent input) bool {
	named := false
	for _, encoded := range sent.messages {
		request := dynamicpb.NewMessage(m.descriptor.Input())
		if proto.Unmarshal(encoded, request) != nil {
			return false
		}
		if only := optionOf(request, "validate_only"); only.IsValid() && only.Bool() {
			return false
		}
		id := optionOf(request, "request_id")
		named = named || id.IsValid() && id.String() != ""
	}
	return named
}

// optionOf is a field of a request, which some have among options; an invalid value if the request has no such field.
func optionOf(request protoreflect.Message, name protoreflect.Name) protoreflect.Value {
	fields := request.Descriptor().Fields()
	if field := fields.ByName(name); field != nil {
		return request.Get(field)
	}
	if options := fields.ByName("options"); options != nil {
		return optionOf(request.Get(options).Message(), name)
	}
	return protoreflect.Value{}
}

// writeOutcomes writes a line "passed NAME" or "failed NAME" for each method and for the history.
func (f *fuzzer) writeOutcomes(file string) error {
	var lines strings.Builder
	names := []string{"history"}
	for _, m := range f.methods {
		names = append(names, m.name)
	}
	for _, name := range names {
		word := "passed"
		if f.faults[name] > 0 {
			word = "failed"
		}
		fmt.Fprintf(&lines, "%s %s\n", word, name)
	}
	return os.WriteFile(file, []byte(lines.String()), 0o644)
}
