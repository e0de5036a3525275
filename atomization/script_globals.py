"""What every TypeScript and JavaScript file knows without an import."""

from __future__ import annotations

from typing import Final

_WORDS: Final = """
    undefined NaN Infinity globalThis window document console self global process module exports
    require __dirname __filename arguments eval parseInt parseFloat isNaN isFinite
    encodeURIComponent decodeURIComponent encodeURI decodeURI escape unescape setTimeout
    clearTimeout setInterval clearInterval setImmediate clearImmediate queueMicrotask
    requestAnimationFrame cancelAnimationFrame structuredClone fetch alert confirm prompt Object
    Function Boolean Symbol Number BigInt Math Date String RegExp Array Map Set WeakMap WeakSet
    WeakRef Promise Proxy Reflect JSON Atomics Intl ArrayBuffer SharedArrayBuffer DataView
    Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array
    Float32Array Float64Array BigInt64Array BigUint64Array Iterator FinalizationRegistry Error
    AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError Partial
    Required Readonly Record Pick Omit Exclude Extract NonNullable Parameters
    ConstructorParameters ReturnType InstanceType ThisType Awaited Uppercase Lowercase Capitalize
    Uncapitalize ReadonlyArray ReadonlyMap ReadonlySet PromiseLike ArrayLike Iterable
    IterableIterator AsyncIterable AsyncIterator AsyncIterableIterator Generator AsyncGenerator
    IteratorResult PropertyKey PropertyDescriptor PropertyDescriptorMap TemplateStringsArray
    ErrorConstructor ErrorOptions NodeJS Buffer URL URLSearchParams AbortController AbortSignal
    TextEncoder TextDecoder Event EventTarget CustomEvent MessageEvent Blob File FileList
    FileReader FormData Headers Request Response ReadableStream WritableStream TransformStream
    HTMLElement HTMLInputElement HTMLFormElement HTMLDivElement Element Node NodeList Document
    Window DOMException MutationObserver IntersectionObserver ResizeObserver XMLHttpRequest
    WebSocket Worker localStorage sessionStorage navigator location history performance crypto
    BooleanConstructor NumberConstructor StringConstructor ObjectConstructor ArrayConstructor
    PromiseConstructor PromiseConstructorLike FunctionConstructor RegExpConstructor
    DateConstructor MapConstructor SetConstructor SymbolConstructor NoInfer bigint
    ThisParameterType OmitThisParameter CallableFunction NewableFunction ArrayBufferView
    ArrayBufferLike BufferSource ProgressEvent CloseEvent ErrorEvent KeyboardEvent MouseEvent
    PointerEvent RequestInit ResponseInit RequestInfo BodyInit HeadersInit BlobPart
    XMLHttpRequestResponseType XMLHttpRequestBodyInit FrameRequestCallback DOMHighResTimeStamp
    EventListener EventListenerOptions AddEventListenerOptions EventListenerOrEventListenerObject
    WebSocketEventMap Performance btoa atob JSX React describe it test expect beforeEach afterEach
    beforeAll afterAll jest vi
"""
GLOBALS: Final = frozenset(_WORDS.split())
