package main

import (
	"fmt"
	"maps"
	"slices"
)

// What the services check, as far as a schema can state it. A test compares these numbers and words with the sources of the
// services, so that neither changes alone.
const (
	maxToolNameCharacters   = 100
	maxVersionCharacters    = 20
	maxShortTextCharacters  = 100
	maxPhraseCharacters     = 1000
	maxRegexCharacters      = 1000
	maxExpressionCharacters = 500
	maxDescriptionBytes     = 4 << 10 // a text has no more characters than bytes
	maxCapabilities         = 50
	maxPatterns             = 50
	maxListEntries          = 100

	defaultPageSize      = 50
	defaultHashPageSize  = 1000
	maxPageSize          = 1000
	maxReasonCharacters  = 1000
	maxSearchCharacters  = 200
	maxWatchedNames      = 1000
	minBookmarkInterval  = 100
	maxBookmarkInterval  = 60_000
	defaultBookmark      = 5000
	maxExportedNames     = 10_000
	maxPeriodicSeconds   = 86_400
	maxHookURLCharacters = 2000
	maxReloadTextLength  = 100
)

// The marks are what names and versions have besides letters and digits.
const (
	nameMarks, versionMarks       = "_.-", "_.+-"
	defaultVersion, defaultStatus = "1.0", "active"
)

var (
	namePattern    = fmt.Sprintf("^[A-Za-z0-9][A-Za-z0-9%s]{0,%d}$", nameMarks, maxToolNameCharacters-1)
	versionPattern = fmt.Sprintf("^[A-Za-z0-9][A-Za-z0-9%s]{0,%d}$", versionMarks, maxVersionCharacters-1)
)

// Words that deployments may replace by their own are examples in the document, not the only ones.
var (
	defaultPlatforms = []string{"linux", "windows", "network", "scheduler", "custom", "multi-platform", "database", "cloud",
		"container", "kubernetes", "monitoring"}
	defaultCategories = []string{"system", "network", "automation", "monitoring", "security", "database", "cloud",
		"container", "asset", "communication", "filesystem", "storage", "text-processing", "logging", "process-management"}
	defaultStatuses = []string{"active", "deprecated", "disabled", "testing", "draft"}

	reloadTriggers = []string{"manual", "api_update", "periodic", "webhook", "startup"}
	changeKinds    = []string{"created", "updated", "deleted", "enabled", "disabled", "imported", "promoted", "restored"}
	streamStates   = []string{"loading", "live", "disconnected", "frozen"}
	toolOrders     = []string{"tool_name", "tool_name desc", "updated_at", "updated_at desc", "revision", "revision desc"}
	versionOrders  = []string{"version", "version desc"}
)

func characters(most int) object        { return object{"maxLength": most} }
func oneOfWords(words ...string) object { return object{"enum": words} }
func forExample(words []string) object  { return object{"examples": words} }
func entries(most int) object           { return object{"maxItems": most} }
func listOf(item object) object         { return object{"items": item} }
func from(least, most int) object       { return object{"minimum": least, "maximum": most} }
func byDefault(value any) object        { return object{"default": value} }

// both joins what two of these say.
func both(one, other object) object {
	joined := maps.Clone(one)
	maps.Copy(joined, other)
	return joined
}

var (
	shortText    = characters(maxShortTextCharacters)
	requiredText = both(shortText, object{"minLength": 1})
	longText     = characters(maxDescriptionBytes)
	expression   = characters(maxExpressionCharacters)
	phrases      = both(entries(maxListEntries), listOf(characters(maxPhraseCharacters)))
	score        = from(0, 1)
	notNegative  = object{"minimum": 0}
	name         = both(characters(maxToolNameCharacters), object{"pattern": namePattern})
	pageSize     = both(from(1, maxPageSize), byDefault(defaultPageSize))
)

// fieldLimits has what is to be added to the schema of a field, by message and field. "Path" stands for
// every path, and "Request" for every request and path whose field is not named itself.
//
// A default stands here only where sending it means the same as leaving the field out: generated clients send it.
var fieldLimits = map[string]object{
	"Tool.tool_name":          name,
	"Tool.version":            {"pattern": versionPattern, "maxLength": maxVersionCharacters, "default": defaultVersion},
	"Tool.description":        both(longText, object{"minLength": 1}),
	"Tool.platform":           forExample(defaultPlatforms),
	"Tool.category":           forExample(defaultCategories),
	"Tool.status":             both(forExample(defaultStatuses), byDefault(defaultStatus)),
	"Tool.enabled":            byDefault(true),
	"Tool.dependencies":       entries(maxListEntries),
	"Tool.capabilities":       entries(maxCapabilities),
	"Tool.examples":           entries(maxListEntries),
	"Tool.execution_location": shortText,
	"Tool.created_by":         shortText,
	"Tool.updated_by":         shortText,
	"Tool.status_reason":      longText,
	"Tool.replacement":        characters(maxToolNameCharacters),

	"Defaults.accuracy_level": both(shortText, forExample([]string{"real-time", "high", "estimated"})),
	"Defaults.freshness":      both(shortText, forExample([]string{"live", "recent (5-15 min stale)"})),
	"Defaults.data_source":    both(shortText, forExample([]string{"direct", "api", "database"})),
	"Defaults.scope":          both(shortText, forExample([]string{"single", "batch"})),
	"Defaults.completeness":   both(shortText, forExample([]string{"full", "summary"})),

	"Dependency.name":    requiredText,
	"Dependency.type":    both(requiredText, forExample([]string{"permission", "package", "service", "filesystem"})),
	"Dependency.version": shortText,

	"Capability.capability_name": requiredText,
	"Capability.description":     longText,
	"Capability.patterns":        entries(maxPatterns),

	"Pattern.pattern_name":      requiredText,
	"Pattern.description":       longText,
	"Pattern.typical_use_cases": phrases,
	"Pattern.time_estimate_ms":  both(expression, forExample([]string{"1000 + 5 * N"})),
	"Pattern.cost_estimate":     both(expression, forExample([]string{"ceil(packet_count / 1000)"})),
	"Pattern.complexity_score":  score,
	"Pattern.scope":             shortText,
	"Pattern.completeness":      shortText,
	"Pattern.limitations":       phrases,
	"Pattern.required_inputs":   entries(maxListEntries),
	"Pattern.optional_inputs":   entries(maxListEntries),
	"Pattern.expected_outputs":  entries(maxListEntries),
	"Pattern.examples":          entries(maxListEntries),
	"Pattern.example_request":   longText,

	"Policy.max_cost":               notNegative,
	"Policy.max_execution_time":     notNegative,
	"Policy.max_N_immediate":        notNegative,
	"Policy.max_execution_time_ms":  notNegative,
	"Policy.requires_background_if": both(expression, forExample([]string{"N > 50 and not N > 1000"})),
	"Policy.allowed_environments":   both(entries(maxListEntries), listOf(shortText)),

	"PreferenceMatch.speed":        score,
	"PreferenceMatch.accuracy":     score,
	"PreferenceMatch.cost":         score,
	"PreferenceMatch.complexity":   score,
	"PreferenceMatch.completeness": score,

	"Parameter.name":           requiredText,
	"Parameter.type":           both(shortText, forExample([]string{"string", "integer", "boolean", "array", "object"})),
	"Parameter.description":    longText,
	"Parameter.validation":     characters(maxRegexCharacters),
	"Parameter.examples":       entries(maxListEntries),
	"Parameter.allowed_values": entries(maxListEntries),

	"ToolExample.name":             shortText,
	"ToolExample.description":      longText,
	"ToolExample.expected_time_ms": notNegative,
	"ToolExample.expected_cost":    notNegative,

	// Further kinds may be added to the answers.
	"Change.kind":                   forExample(changeKinds),
	"HistoryEntry.kind":             forExample(changeKinds),
	"ReloadEvent.trigger":           oneOfWords(reloadTriggers...),
	"TriggerStatistics.trigger":     oneOfWords(reloadTriggers...),
	"Replica.state":                 oneOfWords(append(slices.Clone(streamStates), "stopped", "lost")...),
	"ReloadStatistics.stream_state": oneOfWords(append(slices.Clone(streamStates), "mixed")...),
	"Hook.name":                     name,
	"Hook.url":                      both(characters(maxHookURLCharacters), object{"format": "uri"}),
	"Hook.triggers":                 listOf(oneOfWords(reloadTriggers...)),

	"Path.tool_name":       name,
	"Path.name":            name,
	"Path.capability_name": requiredText,

	"Request.page":          {"minimum": 1},
	"Request.page_size":     pageSize,
	"Request.limit":         pageSize,
	"Request.tool_name":     characters(maxToolNameCharacters),
	"Request.version":       characters(maxVersionCharacters),
	"Request.platform":      forExample(defaultPlatforms),
	"Request.category":      forExample(defaultCategories),
	"Request.status":        forExample(defaultStatuses),
	"Request.capability":    shortText,
	"Request.tag":           shortText,
	"Request.actor":         shortText,
	"Request.request_id":    {"format": "uuid"},
	"Request.reason":        characters(maxReasonCharacters),
	"Request.validate_only": byDefault(false),

	"ListContentHashesRequest.page_size": both(from(1, maxPageSize), byDefault(defaultHashPageSize)),
	"ListToolsRequest.order_by":          oneOfWords(toolOrders...),
	"ListToolVersionsRequest.order_by":   oneOfWords(versionOrders...),
	"SearchToolsRequest.q":               {"minLength": 1, "maxLength": maxSearchCharacters},
	"ListChangesRequest.kind":            oneOfWords(changeKinds...),
	"WatchToolsRequest.kinds":            listOf(oneOfWords(changeKinds...)),
	"WatchToolsRequest.tool_names":       entries(maxWatchedNames),
	"WatchToolsRequest.bookmark_interval_ms": both(from(minBookmarkInterval, maxBookmarkInterval),
		byDefault(defaultBookmark)),
	"ExportToolsRequest.tool_names":             entries(maxExportedNames),
	"ExportToolsRequest.format":                 both(oneOfWords("yaml", "json"), byDefault("yaml")),
	"ListReloadEventsRequest.trigger_type":      oneOfWords(reloadTriggers...),
	"TriggerReloadRequest.triggered_by":         characters(maxReloadTextLength),
	"TriggerReloadRequest.reason":               characters(maxReloadTextLength),
	"FreezeRequest.reason":                      characters(maxReloadTextLength),
	"SetPeriodicReloadRequest.interval_seconds": from(0, maxPeriodicSeconds),
	"Options.enabled":                           byDefault(true),
}
