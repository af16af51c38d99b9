package main

import (
	"encoding/json"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "toolcatalog/gateway/gen/toolcatalog/v1"
)

var someTime = &timestamppb.Timestamp{Seconds: 1759518000}

// untoldOfEvent is what an event has besides, when nothing is known of it.
const untoldOfEvent = `"replica":"","boot_id":"","from_revision":"0","tool_count":0,"added":0,"changed":0,"removed":0,` +
	`"tool_names":[],"parse_ms":0,"apply_ms":0,"swap_ms":0,"handlers":[],"missing_before":"0"`

func TestAnswersAreExactJSON(t *testing.T) {
	s := startStack(t)
	event := &pb.ReloadEvent{Trigger: "manual", ToolName: proto.String("grep"), Timestamp: someTime, Success: true,
		DurationMs: 47.2, TriggeredBy: proto.String("admin"), EventId: 3, Revision: 57}
	s.reload.answer("TriggerReload", &pb.TriggerReloadResponse{Success: true, Event: event}, nil)
	s.reload.answer("ListReloadEvents", &pb.ListReloadEventsResponse{Total: 1, History: []*pb.ReloadEvent{
		{Trigger: "startup", Timestamp: someTime, Error: proto.String("Tool not found: x")}}}, nil)
	s.reload.answer("GetReloadStatistics", &pb.ReloadStatistics{SuccessRate: 100,
		LastReload: &pb.ReloadStatistics_LastReload{Timestamp: someTime},
		Configuration: &pb.ReloadStatistics_Configuration{MaxHistorySize: 100,
			PeriodicRefreshIntervalSeconds: structpb.NewNullValue()}}, nil)
	s.reload.answer("GetProfile", &pb.Profile{Revision: 57, AgeMs: 12.5, LoadedAt: someTime}, nil)
	metadata, err := structpb.NewStruct(map[string]any{"a, b": "c: <d>", "n": 1.5, "z": nil})
	if err != nil {
		t.Fatal(err)
	}
	s.catalog.answer("GetTool", &pb.GetToolResponse{AsOfRevision: 9, Tool: &pb.Tool{ToolName: "grep",
		Enabled: proto.Bool(false), Metadata: metadata, Revision: 5}}, nil)
	s.catalog.answer("ListToolHistory", &pb.ListToolHistoryResponse{ToolName: "grep", History: []*pb.HistoryEntry{
		{Revision: 57, Kind: "updated", Version: "1", Actor: "ann", Time: someTime, IsLatest: true, Diff: []*pb.FieldDifference{
			{Path: "a", Old: structpb.NewNullValue(), New: structpb.NewStringValue("x")},
			{Path: "b", Old: structpb.NewNumberValue(0.5), New: structpb.NewNullValue()}, {Path: "c"}}}}}, nil)
	s.catalog.answer("ValidateTool", &pb.ValidateToolResponse{Warnings: []*pb.ValidationProblem{{Path: "a"}},
		Evaluations: []*pb.Evaluation{{Expression: "2 * N", Value: 10, Steps: []*pb.EvaluationStep{{Expression: "N", Value: 5}}}}}, nil)
	for _, test := range []struct{ method, path, want string }{
		{"GET", tools + "/grep/history", `{"tool_name":"grep","history":[{"revision":"57","kind":"updated","version":"1",` +
			`"actor":"ann","reason":"","time":"2025-10-03T19:00:00Z","diff":[{"path":"a","old":null,"new":"x"},` +
			`{"path":"b","old":0.5,"new":null},{"path":"c"}],"is_latest":true,"diff_omitted":0}],"next_page_token":""}`},
		{"POST", tools + "/grep/validate?variables[N]=5", `{"valid":false,"errors":[],"warnings":[{"path":"a","rule":"",` +
			`"value":"","message":"","suggestion":""}],"evaluations":[{"path":"","expression":"2 * N","value":10,` +
			`"steps":[{"expression":"N","value":5}],"error":""}]}`},
		{"POST", tools + "/reload", `{"success":true,"event":{"trigger":"manual","tool_name":"grep",` +
			`"timestamp":"2025-10-03T19:00:00Z","success":true,"duration_ms":47.2,"triggered_by":"admin","event_id":"3","revision":"57",` +
			untoldOfEvent + `}}`},
		{"GET", tools + "/reload/history", `{"history":[{"trigger":"startup","timestamp":"2025-10-03T19:00:00Z","success":false,` +
			`"duration_ms":0,"error":"Tool not found: x","event_id":"0","revision":"0",` + untoldOfEvent +
			`}],"total":1,"gaps":[],"partial":false,"next_page_token":""}`},
		{"GET", tools + "/reload/statistics", `{"total_reloads":0,"successful_reloads":0,"failed_reloads":0,"success_rate":100,` +
			`"average_duration_ms":0,"last_reload":{"timestamp":"2025-10-03T19:00:00Z","success":false,"duration_ms":0},` +
			`"configuration":{"max_history_size":100,"periodic_refresh_enabled":false,"periodic_refresh_interval_seconds":null},` +
			`"by_trigger":[],"cache_hits":"0","cache_misses":"0","cache_entries":0,"cache_bytes":"0","applied_revision":"0",` +
			`"catalog_revision":"0","lag":"0","staleness_ms":0,"stream_state":"","reconnects":"0","resyncs":"0","proof_failures":"0",` +
			`"proven_revision":"0","diverged":false,"webhooks_refused":"0","events_dropped":"0","hook_deliveries":"0",` +
			`"hook_failures":"0","replica":"","boot_id":"","replicas":0}`},
		{"GET", "/api/v1/profiles/grep", `{"revision":"57","content_hash":"","loaded_at":"2025-10-03T19:00:00Z","stale":false,` +
			`"age_ms":12.5,"error":"","frozen":false}`},
		{"GET", "/api/v1/profiles", `{"profiles":[],"total":0,"revision":"0","next_page_token":""}`},
		{"GET", tools, `{"tools":[],"total":0,"page":0,"page_size":0,"next_page_token":""}`},
		{"GET", tools + "/grep", `{"tool_name":"grep","version":"","description":"","platform":"","category":"","status":"",` +
			`"enabled":false,"dependencies":[],"capabilities":[],"metadata":{"a, b":"c: <d>","n":1.5,"z":null},` +
			`"execution_location":"","examples":[],"created_by":"","updated_by":"","revision":"5","etag":"","is_latest":false,` +
			`"status_reason":"","replacement":""}`},
		{"POST", tools + "/import", `{"success":false,"imported_count":0,"failed_count":0,"skipped_count":0,"errors":[],` +
			`"warnings":[],"revision":"0"}`},
	} {
		got := s.do(t, test.method, test.path, "")
		if got.status != 200 || got.body != test.want || got.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s\n got %d %s\nwant %s", test.method, test.path, got.status, got.body, test.want)
		}
	}
}

func TestTheLargestExportPasses(t *testing.T) {
	s := startStack(t)
	text := strings.Repeat("k: \"v\"\n", 64<<20/7)
	s.catalog.answer("ExportTools", &pb.ExportToolsResponse{Success: true, ToolCount: 1,
		Content: &pb.ExportToolsResponse_YamlContent{YamlContent: text}}, nil)
	var got struct {
		YamlContent string  `json:"yaml_content"`
		JSONContent *string `json:"json_content"`
	}
	body := s.do(t, "POST", tools+"/export", "").expect(t, 200).body
	if err := json.Unmarshal([]byte(body), &got); err != nil || got.YamlContent != text || got.JSONContent != nil {
		t.Errorf("%v: %d bytes, want %d", err, len(got.YamlContent), len(text))
	}
}

func TestToolSurvivesTheWayInAndOut(t *testing.T) {
	s := startStack(t)
	text := `{"tool_name":"t","capabilities":[{"capability_name":"c","patterns":[{"pattern_name":"p","complexity_score":0.5,` +
		`"policy":{"max_cost":10,"max_N_immediate":3,"production_safe":true},"required_inputs":[{"name":"i","default":null}]}]}]}`
	s.do(t, "POST", tools, text).expect(t, 201)
	request, _ := onlyCall[*pb.CreateToolRequest](t, s.catalog)
	s.catalog.answer("CreateTool", request.Tool, nil)
	got := s.do(t, "POST", tools, text)
	for _, part := range []string{`"max_cost":10`, `"max_N_immediate":3`, `"default":null`, `"complexity_score":0.5`, `"requires_approval":false`} {
		if !strings.Contains(got.body, part) {
			t.Errorf("no %s in %s", part, got.body)
		}
	}
	if strings.Contains(got.body, "max_execution_time") {
		t.Errorf("an unset optional field in %s", got.body)
	}
}
