# Asking a runtime by the Container Runtime Interface. Needs the program curl.
# Reads: nothing.
# Sets: $cri_answer, the file with the last response.

# cri_call SOCKET METHOD: an empty request to runtime.v1.RuntimeService over its unix socket, as gRPC has it: HTTP/2, a
# header of five bytes before the message, the status in the trailers. Sets $cri_answer to the response's file.
cri_call() {
    cri_answer=$state/cri-answer
    printf '\000\000\000\000\000' | curl -q -sS --max-time 20 --http2-prior-knowledge --unix-socket "$root$1" \
        -D "$cri_answer-headers" -o "$cri_answer" \
        -H 'content-type: application/grpc' -H 'te: trailers' --data-binary @- "http://localhost/runtime.v1.RuntimeService/$2" &&
        tr -d '\r' <"$cri_answer-headers" | grep -qx 'grpc-status: 0'
}

# cri_ready SOCKET NAME: Version is answered by the runtime of that name, and Status says that it is ready for containers.
# Waits half a minute for it.
cri_ready() {
    wait_for 15 2 cri_says_so "$@" || return 1
    rm -f "$cri_answer" "$cri_answer-headers"
}
cri_says_so() {
    cri_call "$1" Version && cri_named "$2" && cri_call "$1" Status && grep -qaF "$(printf 'RuntimeReady\020\001')" "$cri_answer"
}

# cri_named NAME: the answer to Version has the texts version, runtime name, runtime version and API version; protobuf puts
# nothing printable between the first three.
cri_named() {
    cri_texts=$(tr -c '[:print:]' '\n' <"$cri_answer" | grep . | tail -n 3)
    [ "$(printf '%s\n' "$cri_texts" | sed -n '1p;3p' | tr '\n' ' ')" = "$1 v1 " ]
}
